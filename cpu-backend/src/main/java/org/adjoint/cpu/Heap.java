package org.adjoint.cpu;

import org.adjoint.tensor.DType;
import org.adjoint.tensor.HeapStorage;
import org.adjoint.tensor.Tensor;

/** The arrays under the tensors of this device. */
final class Heap {
  private Heap() {}

  static boolean isSingle(Tensor t) {
    return t.dtype() == DType.F32;
  }

  /** Returns the {@code float[]}, {@code double[]} or {@code int[]} of a tensor. */
  static Object array(Tensor t) {
    return switch (t.dtype()) {
      case F32 -> floats(t);
      case F64 -> doubles(t);
      case I32 -> ints(t);
    };
  }

  static float[] floats(Tensor t) {
    return ((HeapStorage) t.storage()).floats();
  }

  static double[] doubles(Tensor t) {
    return ((HeapStorage) t.storage()).doubles();
  }

  static int[] ints(Tensor t) {
    return ((HeapStorage) t.storage()).ints();
  }

  /** Where the elements of a tensor begin. */
  static int at(Tensor t) {
    return t.layout().offset();
  }
}
