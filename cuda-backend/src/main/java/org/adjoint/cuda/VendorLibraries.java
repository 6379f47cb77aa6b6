package org.adjoint.cuda;

import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Supplier;
import org.adjoint.tensor.AdjointException;
import org.adjoint.tensor.DeviceException;
import org.jspecify.annotations.Nullable;

/**
 * NVIDIA's libraries on one device, each looked for once, when it is first wanted. One that does
 * not load, or has no room, is none, and a warning: whatever they do has a kernel of ours.
 * Thread-safe.
 */
final class VendorLibraries {
  private final CudaDevice device;
  private final CudaOptions options;
  private boolean blasWanted;
  private boolean dnnWanted;
  private @Nullable CudaBlas blas;
  private @Nullable CudaDnn dnn;

  VendorLibraries(CudaDevice device, CudaOptions options) {
    this.device = device;
    this.options = options;
    // A simulated GPU has no queue that a library could be given.
    boolean real = device.stream().handle() != 0;
    blasWanted = real && options.blas() != CudaOptions.Blas.PTX;
    dnnWanted = real && options.dnn() != CudaOptions.Dnn.PTX;
  }

  /** Returns cuBLAS, if it is used. */
  synchronized Optional<CudaBlas> blas() {
    if (blasWanted) {
      blasWanted = false;
      try {
        CudaLibraries.ofThisMachine()
            .cublas()
            .ifPresentOrElse(found -> blas = open(found), this::requireNone);
      } catch (AdjointException e) {
        warn(e);
      }
    }
    return Optional.ofNullable(blas);
  }

  /** No cuBLAS is as good as one, unless somebody says how it is to be called. */
  private void requireNone() {
    if (options.blas() != CudaOptions.Blas.AUTO) {
      String wanted = options.blas().name().toLowerCase(Locale.ROOT);
      throw new DeviceException(
          "cuda",
          "-Dadjoint.cuda.blas",
          wanted + ", and no cuBLAS is found",
          "-Dadjoint.cuda.libraries=FOLDER says where it is");
    }
  }

  private CudaBlas open(CudaLibraries.Found library) {
    if (jcublas(library, options)) {
      try {
        return new JcudaBlas(library, device, options);
      } catch (DeviceException e) {
        if (options.blas() == CudaOptions.Blas.JCUBLAS) {
          throw e;
        }
        warn(e);
      }
    }
    return new ForeignBlas(library, device, options.precision());
  }

  /** Whether cuBLAS is called through JCublas2, which is made for version 12. */
  static boolean jcublas(CudaLibraries.Found library, CudaOptions options) {
    return switch (options.blas()) {
      case JCUBLAS -> true;
      case AUTO -> library.version() == 12 || options.relink();
      case FOREIGN, PTX -> false;
    };
  }

  /** Returns cuDNN, if it is used. */
  synchronized Optional<CudaDnn> dnn() {
    if (dnnWanted) {
      dnnWanted = false;
      try {
        CudaLibraries.ofThisMachine()
            .cudnn()
            .ifPresent(found -> dnn = new JcudaDnn(found, device, options));
      } catch (AdjointException e) {
        warn(e);
      }
    }
    return Optional.ofNullable(dnn);
  }

  // ---- for doctor ---------------------------------------------------------------------------

  /**
   * Returns a line for each library: its version, what it is called through, where it is and why
   * there. What is found is loaded, which needs no GPU. Never throws.
   */
  static List<String> report(CudaLibraries libraries) {
    CudaOptions options;
    try {
      options = CudaOptions.ofThisJvm();
    } catch (AdjointException e) {
      return List.of(e.getMessage());
    }
    return List.of(
        libraries
            .cublas()
            .map(f -> line("cuBLAS", f, blasOption(options), () -> ask(f, options)))
            .orElseGet(libraries::noCublas),
        libraries
            .cudnn()
            .map(f -> line("cuDNN", f, dnnOption(options), () -> JcudaDnn.ask(f)))
            .orElseGet(libraries::noCudnn));
  }

  private static String blasOption(CudaOptions options) {
    return options.blas() == CudaOptions.Blas.PTX ? CudaBlas.OPTION : "";
  }

  private static String dnnOption(CudaOptions options) {
    return options.dnn() == CudaOptions.Dnn.PTX ? CudaDnn.OPTION : "";
  }

  private static String ask(CudaLibraries.Found library, CudaOptions options) {
    String version = ForeignBlas.ask(library);
    if (!jcublas(library, options)) {
      return version + " by java.lang.foreign";
    }
    JcudaBlas.load(library, options.relink());
    return version + " by JCublas2";
  }

  private static String line(
      String name, CudaLibraries.Found library, String unless, Supplier<String> asked) {
    String plain = name + " " + library.version() + ", " + library;
    if (!unless.isEmpty()) {
      return plain + ", not used: " + unless;
    }
    try {
      return name + " " + asked.get() + ", " + library;
    } catch (DeviceException e) {
      return plain + ", not usable: " + e.argument() + " is " + e.value() + "; " + e.remedy();
    }
  }

  /** Returns a version as people write it: 12.6.1 for 120601. */
  static String version(long number) {
    return number / 10000 + "." + number / 100 % 100 + "." + number % 100;
  }

  private static void warn(AdjointException e) {
    System.getLogger("org.adjoint.cuda").log(System.Logger.Level.WARNING, e.getMessage());
  }

  /** Returns what is used, with versions and places, each behind a comma. */
  String describe() {
    return blas().map(b -> ", " + b.describe()).orElse("")
        + dnn().map(d -> ", " + d.describe()).orElse("");
  }
}
