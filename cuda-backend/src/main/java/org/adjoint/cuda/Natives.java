package org.adjoint.cuda;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.adjoint.tensor.DeviceException;

/**
 * Loads JCuda's native libraries. Left alone, JCuda writes them to {@code java.io.tmpdir} under
 * fixed names and trusts a file that is already there, and as a named module it does not find them
 * at all. So they are unpacked here first, into a new directory that only this user can write;
 * JCuda is told of it while its class is initialised, and the directory is removed.
 */
final class Natives {
  private static final String TEMPORARY = "java.io.tmpdir";
  private static final String SUFFIX = "-12.6.0-linux-x86_64.so";
  private static final Pattern MISSING =
      Pattern.compile("(lib[\\w.+-]+): (?:cannot open shared object file|file too short)");
  private static final Pattern UNFIT =
      Pattern.compile("undefined symbol: \\w+|version `[^']+' not found|wrong ELF class");

  private Natives() {}

  /** Why a library does not load: what is missing or does not fit, in few words. */
  static String reason(LinkageError e) {
    String message = String.valueOf(e.getMessage());
    Matcher missing = MISSING.matcher(message);
    if (missing.find()) {
      return missing.group(1) + " is not found";
    }
    Matcher unfit = UNFIT.matcher(message);
    return unfit.find() ? unfit.group() : message.lines().findFirst().orElse(e.toString());
  }

  /**
   * Runs what initialises a class of JCuda, its library at hand.
   *
   * @param name of the library: {@code JCudaDriver}
   * @param first touches the class
   * @throws DeviceException if the library is not on the class or module path, or cannot be written
   * @throws LinkageError if the operating system refuses it
   */
  static void load(String name, Runnable first) {
    load(name, List.of(), first);
  }

  /** As {@link #load(String, Runnable)}, but these bytes are the library, if there are any. */
  static synchronized void load(String name, List<byte[]> replacement, Runnable first) {
    String file = "lib" + name + SUFFIX;
    try {
      // Both of the JDK's ways to make temporary files look at the property once and for all: now.
      Path folder = Files.createTempDirectory("adjoint-cuda-");
      Files.delete(File.createTempFile("adjoint", null).toPath());
      Path library = folder.resolve(file);
      try {
        Files.write(library, replacement.isEmpty() ? resource(file) : replacement.getFirst());
        String before = System.getProperty(TEMPORARY);
        System.setProperty(TEMPORARY, folder.toString());
        try {
          first.run();
        } finally {
          System.setProperty(TEMPORARY, before);
        }
      } finally {
        // Once loaded it is not needed any more.
        Files.deleteIfExists(library);
        Files.delete(folder);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Returns the bytes of a library as the natives jars have them. */
  static byte[] resource(String file) throws IOException {
    try (InputStream in = Natives.class.getClassLoader().getResourceAsStream("lib/" + file)) {
      if (in == null) {
        throw new DeviceException(
            "cuda",
            "library",
            file + ", on neither the class nor the module path",
            "add the natives jars of org.jcuda 12.6.0 for linux-x86_64, as adjoint-cuda-backend"
                + " brings them");
      }
      return in.readAllBytes();
    }
  }
}
