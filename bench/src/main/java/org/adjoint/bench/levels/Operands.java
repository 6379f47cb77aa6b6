package org.adjoint.bench.levels;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.adjoint.kernels.Backend;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.HeapStorage;
import org.adjoint.tensor.Shape;
import org.adjoint.tensor.Tensor;

/** What contests are run on: the same numbers in arrays and in tensors of any device. */
final class Operands {
  private Operands() {}

  /** Returns uniform numbers in [low, high), the same for the same seed. */
  static float[] random(long seed, int count, double low, double high) {
    SplittableRandom random = new SplittableRandom(seed);
    float[] x = new float[count];
    for (int i = 0; i < count; i++) {
      x[i] = (float) random.nextDouble(low, high);
    }
    return x;
  }

  /** Returns the tensor, or its copy on another device. */
  static Tensor on(Backend backend, Tensor t) {
    return t.device() == backend ? t : t.to(backend);
  }

  /**
   * Returns the array under a tensor of the CPU: loops that are compared with its kernels run on
   * the very same memory, because speed depends on where arrays lie.
   */
  static float[] array(Tensor t) {
    return ((HeapStorage) t.storage()).floats();
  }

  /** Returns a float64 tensor with these numbers, for the reference. */
  static Tensor exact(Backend reference, float[] x, int... dims) {
    double[] d = new double[x.length];
    Arrays.setAll(d, i -> x[i]);
    return Tensor.of(reference, d, dims);
  }

  /** Returns a float32 tensor for results. */
  static Tensor empty(Backend backend, int... dims) {
    return Tensor.owned(backend, DType.F32, Shape.of(dims));
  }

  /** Returns a float64 tensor for the reference's results. */
  static Tensor exact(Backend reference, int... dims) {
    return Tensor.zeros(reference, DType.F64, dims);
  }

  /** Fills a tensor with NaN, so that no level lives off the results of another. */
  static void forget(Tensor t) {
    ((Backend) t.device()).kernels().elementwise().fill(Double.NaN, t);
  }

  /** Overwrites a tensor. */
  static void restore(Tensor t, float[] x) {
    t.device().upload(x, 0, t.storage(), t.layout().offset(), x.length);
  }
}
