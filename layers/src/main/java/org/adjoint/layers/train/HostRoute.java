package org.adjoint.layers.train;

import java.util.List;
import org.adjoint.kernels.Backends;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Tensor;

/** Copies between devices, by way of arrays that are kept. Not for several threads. */
final class HostRoute {
  private float[] floats = {};
  private double[] doubles = {};
  private int[] ints = {};

  /** Copies dense tensors of one type and size. */
  void copy(Tensor from, Tensor to) {
    if (from.device() == to.device()) {
      Backends.kernels(to.device()).elementwise().copy(from, to);
      return;
    }
    int n = from.size();
    Object array = array(from.dtype(), n);
    from.device().download(from.storage(), from.layout().offset(), array, 0, n);
    to.device().upload(array, 0, to.storage(), to.layout().offset(), n);
  }

  private Object array(DType dtype, int n) {
    switch (dtype) {
      case F32 -> {
        floats = floats.length < n ? new float[n] : floats;
        return floats;
      }
      case F64 -> {
        doubles = doubles.length < n ? new double[n] : doubles;
        return doubles;
      }
      default -> {
        ints = ints.length < n ? new int[n] : ints;
        return ints;
      }
    }
  }

  /** Copies tensors one by one. */
  void copy(List<Tensor> from, List<Tensor> to) {
    for (int i = 0; i < from.size(); i++) {
      copy(from.get(i), to.get(i));
    }
  }
}
