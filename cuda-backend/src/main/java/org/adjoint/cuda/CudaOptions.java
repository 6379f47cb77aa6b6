package org.adjoint.cuda;

import java.util.Arrays;
import java.util.Locale;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;
import org.adjoint.kernels.Precision;
import org.adjoint.tensor.ArgumentException;
import org.jspecify.annotations.Nullable;

/**
 * What system properties ask of NVIDIA's libraries. The defaults: cuBLAS and cuDNN where they are
 * found, float32 throughout, and algorithms whose results are the same each time.
 *
 * @param blas {@code -Dadjoint.cuda.blas}
 * @param dnn {@code -Dadjoint.cuda.dnn}
 * @param precision {@code -Dadjoint.cuda.precision}
 * @param algorithms {@code -Dadjoint.cuda.algorithms}
 * @param relink {@code -Dadjoint.cuda.relink}, whether JCublas2, made for CUDA 12, is changed in
 *     memory to call cuBLAS 13
 */
record CudaOptions(Blas blas, Dnn dnn, Precision precision, Algorithms algorithms, boolean relink) {
  private static final String PREFIX = "adjoint.cuda.";

  /** Who multiplies matrices. */
  enum Blas {
    /** cuBLAS if it is found: 12 through JCublas2, 13 through {@code java.lang.foreign}. */
    AUTO,
    /** cuBLAS through JCuda's JCublas2. */
    JCUBLAS,
    /** cuBLAS through {@code java.lang.foreign}. */
    FOREIGN,
    /** The kernels of {@code matmul.ptx}. */
    PTX
  }

  /** Who convolves, pools and normalises. */
  enum Dnn {
    /** cuDNN if it is found, through JCudnn. */
    AUTO,
    /** The kernels in PTX. */
    PTX
  }

  /** Which of cuDNN's algorithms may be chosen. */
  enum Algorithms {
    /** Those that add up products, in an order that is the same each time. */
    DIRECT,
    /** Also transforms, FFT and Winograd, which round more and spread NaN to neighbours. */
    DETERMINISTIC,
    /** Also those that add in an order of chance. */
    ANY
  }

  /** Returns these options with another precision. */
  CudaOptions with(Precision other) {
    return new CudaOptions(blas, dnn, other, algorithms, relink);
  }

  /** Returns the options of a device that uses no library. */
  static CudaOptions withoutLibraries() {
    return new CudaOptions(Blas.PTX, Dnn.PTX, Precision.FLOAT32, Algorithms.DIRECT, false);
  }

  /** Returns what the properties of this JVM say. */
  static CudaOptions ofThisJvm() {
    return of(System::getProperty);
  }

  /**
   * Returns what properties say.
   *
   * @param properties give the value of a name, or null
   * @throws ArgumentException if a value is none of those it may have
   */
  static CudaOptions of(UnaryOperator<@Nullable String> properties) {
    return new CudaOptions(
        choice(properties, "blas", Blas.AUTO),
        choice(properties, "dnn", Dnn.AUTO),
        choice(properties, "precision", Precision.FLOAT32),
        choice(properties, "algorithms", Algorithms.DIRECT),
        Boolean.parseBoolean(properties.apply(PREFIX + "relink")));
  }

  private static <E extends Enum<E>> E choice(
      UnaryOperator<@Nullable String> properties, String name, E otherwise) {
    String value = properties.apply(PREFIX + name);
    if (value == null || value.isBlank()) {
      return otherwise;
    }
    E[] choices = otherwise.getDeclaringClass().getEnumConstants();
    for (E choice : choices) {
      if (name(choice).equals(value)) {
        return choice;
      }
    }
    throw new ArgumentException(
        "cuda",
        "-D" + PREFIX + name,
        value,
        "it must be one of "
            + Arrays.stream(choices).map(CudaOptions::name).collect(Collectors.joining(", ")));
  }

  private static String name(Enum<?> choice) {
    return choice.name().toLowerCase(Locale.ROOT);
  }
}
