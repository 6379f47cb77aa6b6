package org.adjoint.cuda;

import java.lang.foreign.Arena;
import java.lang.foreign.SymbolLookup;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.adjoint.tensor.DeviceException;

/**
 * Loads shared libraries by their paths. Whoever needs one of them by its name alone, JCuda's
 * libraries or NVIDIA's own, then gets the one that is loaded, wherever it lies.
 */
final class SharedLibraries {
  private SharedLibraries() {}

  /**
   * Loads a library for good.
   *
   * @param name for the message
   * @param path where it is
   * @param option does without it
   * @throws DeviceException if it does not load
   */
  @SuppressWarnings("restricted") // calling a foreign library is what this class is for
  static SymbolLookup load(String name, Path path, String option) {
    try {
      return SymbolLookup.libraryLookup(path, Arena.global());
    } catch (IllegalArgumentException e) {
      DeviceException d =
          new DeviceException(
              "cuda",
              name,
              path + ", which does not load",
              "look what ldd says of it, or use " + option);
      d.initCause(e);
      throw d;
    }
  }

  /**
   * Looks whether a library has all that is called through JCuda: the loader binds a name when it
   * is first called, and ends the process if there is none.
   *
   * @throws DeviceException if it lacks one
   */
  static void require(
      String name, SymbolLookup library, List<String> functions, String versions, String option) {
    for (String function : functions) {
      if (library.find(function).isEmpty()) {
        throw new DeviceException(
            "cuda", name, "without " + function, "install " + versions + ", or use " + option);
      }
    }
  }

  /**
   * Loads a library that another may need, if it is there; without it the other says what it lacks.
   */
  @SuppressWarnings("restricted")
  static void offer(Path path) {
    if (Files.isRegularFile(path)) {
      try {
        SymbolLookup.libraryLookup(path, Arena.global());
      } catch (IllegalArgumentException e) {
        System.getLogger("org.adjoint.cuda")
            .log(System.Logger.Level.DEBUG, path + " does not load", e);
      }
    }
  }
}
