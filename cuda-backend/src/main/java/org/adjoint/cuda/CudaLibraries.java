package org.adjoint.cuda;

import java.io.File;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Where the GPU's own libraries lie. Looked through in this order: the folders that {@code
 * -Dadjoint.cuda.libraries} lists, the loader's path, a toolkit that {@code CUDA_HOME} or {@code
 * CUDA_PATH} names, those under {@code /usr/local}, the newest first, and Python's wheels, whose
 * folders are {@code nvidia/.../lib}. Nothing is loaded.
 */
final class CudaLibraries {
  private static final String PROPERTY = "adjoint.cuda.libraries";

  /** The versions of cuBLAS that are understood, the newest first. */
  private static final List<Integer> CUBLAS = List.of(13, 12);

  /** The version of cuDNN that is understood: the same under CUDA 12 and 13. */
  private static final List<Integer> CUDNN = List.of(9);

  /** The versions of the compiler of kernels that cuDNN uses where it finds it. */
  private static final List<Integer> NVRTC = List.of(13, 12);

  private static final List<String> SYSTEM =
      List.of("lib/x86_64-linux-gnu", "usr/lib/x86_64-linux-gnu", "usr/lib64", "lib64", "usr/lib");

  /**
   * A library that was found.
   *
   * @param path the file
   * @param version the number that ends its name
   * @param where in which of the places
   */
  record Found(Path path, int version, String where) {
    /** Returns path and place. */
    @Override
    public String toString() {
      return path + " (" + where + ")";
    }

    /** Returns where a library of the same version is that comes with this one. */
    Path beside(String name) {
      return path.resolveSibling(name + version);
    }
  }

  /** A folder and why it is looked at. */
  private record Place(Path folder, String where) {}

  private final List<Place> places = new ArrayList<>();

  /**
   * Lists the folders.
   *
   * @param property gives {@code -Dadjoint.cuda.libraries}, or null
   * @param environment gives the variables of the environment, or null
   * @param root the folder that {@code /} stands for
   */
  CudaLibraries(@Nullable String property, UnaryOperator<String> environment, Path root) {
    addAll(property, "-D" + PROPERTY);
    addAll(environment.apply("LD_LIBRARY_PATH"), "LD_LIBRARY_PATH");
    for (String folder : SYSTEM) {
      places.add(new Place(root.resolve(folder), "the loader's path"));
    }
    for (String variable : List.of("CUDA_HOME", "CUDA_PATH")) {
      String home = environment.apply(variable);
      if (home != null && !home.isBlank()) {
        places.add(new Place(Path.of(home, "lib64"), variable));
      }
    }
    for (Path toolkit : matching(root.resolve("usr/local"), "cuda*")) {
      places.add(new Place(toolkit.resolve("lib64"), "a toolkit"));
    }
    List<Path> pythons = new ArrayList<>();
    String virtual = environment.apply("VIRTUAL_ENV");
    if (virtual != null && !virtual.isBlank()) {
      pythons.addAll(matching(Path.of(virtual, "lib"), "python3*"));
    }
    String home = environment.apply("HOME");
    if (home != null && !home.isBlank()) {
      pythons.addAll(matching(Path.of(home, ".local/lib"), "python3*"));
    }
    pythons.addAll(matching(root.resolve("usr/local/lib"), "python3*"));
    for (Path python : pythons) {
      for (String packages : List.of("site-packages", "dist-packages")) {
        for (Path wheel : matching(python.resolve(packages).resolve("nvidia"), "*")) {
          places.add(new Place(wheel.resolve("lib"), "a Python wheel"));
        }
      }
    }
  }

  /** Looks where this process does. */
  static CudaLibraries ofThisMachine() {
    return new CudaLibraries(System.getProperty(PROPERTY), System::getenv, Path.of("/"));
  }

  private void addAll(@Nullable String folders, String where) {
    if (folders != null) {
      for (String folder : folders.split(File.pathSeparator)) {
        if (!folder.isBlank()) {
          places.add(new Place(Path.of(folder), where));
        }
      }
    }
  }

  /** Returns the entries of a folder that match, those with the highest names first. */
  private static List<Path> matching(Path folder, String pattern) {
    List<Path> found = new ArrayList<>();
    if (Files.isDirectory(folder)) {
      try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder, pattern)) {
        entries.forEach(found::add);
      } catch (IOException e) {
        // A folder that may not be read has nothing for us.
        return found;
      }
    }
    found.sort(Collections.reverseOrder());
    return found;
  }

  /** Returns cuBLAS, if it is there. */
  Optional<Found> cublas() {
    return find("libcublas.so.", CUBLAS);
  }

  /** Returns cuDNN, if it is there. */
  Optional<Found> cudnn() {
    return find("libcudnn.so.", CUDNN);
  }

  /** Returns the compiler of kernels, if it is there. */
  Optional<Found> nvrtc() {
    return find("libnvrtc.so.", NVRTC);
  }

  private Optional<Found> find(String name, List<Integer> versions) {
    for (Place place : places) {
      for (int version : versions) {
        Path file = place.folder().resolve(name + version);
        if (Files.isRegularFile(file)) {
          return Optional.of(new Found(file, version, place.where()));
        }
      }
    }
    return Optional.empty();
  }

  /** Returns a line that says that cuBLAS was not found, and how to show where it is. */
  String noCublas() {
    return missing("cuBLAS", "libcublas.so.", CUBLAS);
  }

  /** Returns a line that says that cuDNN was not found, and how to show where it is. */
  String noCudnn() {
    return missing("cuDNN", "libcudnn.so.", CUDNN);
  }

  private String missing(String name, String file, List<Integer> versions) {
    String other =
        places.stream()
            .flatMap(p -> matching(p.folder(), file + "[0-9]*").stream())
            .findFirst()
            .map(p -> " (" + p + " is of another version)")
            .orElse("");
    return name
        + " "
        + String.join(" or ", versions.stream().map(String::valueOf).toList())
        + ": not found"
        + other
        + ", and not needed; -D"
        + PROPERTY
        + "=FOLDER says where it is";
  }
}
