package org.adjoint.kernels.contract;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import org.adjoint.kernels.IndexingKernels;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Shape;
import org.adjoint.tensor.Tensor;
import org.junit.jupiter.api.Test;

/** The contract of {@link IndexingKernels}. */
public abstract class IndexingContract extends KernelsContract {
  private IndexingKernels indexing() {
    return kernels().indexing();
  }

  private void checkGather(Tensor x, int axis, Tensor index) {
    Tensor y = garbage(x.dtype(), index.shape().toArray());
    indexing().gather(x, axis, index, y);
    Tensor r = blankLike(y);
    reference().indexing().gather(exact(x), axis, exact(index), r);
    assertSame("gather " + x.shape() + " " + axis, y.toDoubleArray(), r.toDoubleArray());
  }

  @Test
  void gatherAtEverySize() {
    for (DType dtype : FLOATING) {
      for (int n : SIZES) {
        if (n > 0) {
          checkGather(random(dtype, 1, n), 0, indices(2, n, 9));
          checkGather(random(dtype, 1, 3, n), 1, indices(2, n, 3, 7));
          checkGather(random(dtype, 1, n, 3), -2, indices(2, n, 4, 3));
        }
        checkGather(random(dtype, 1, 5), 0, indices(2, 5, n));
        checkGather(random(dtype, 1, 2, 5, n), 1, indices(2, 5, 2, 3, n));
      }
      for (Tensor x : views(random(dtype, 1, 4, 5, 6))) {
        for (Tensor index : views(indices(2, 5, 4, 8, 6))) {
          checkGather(x, 1, index);
        }
      }
      Tensor row = indices(3, 4, 7, 1).expand(Shape.of(7, 6));
      checkGather(random(dtype, 1, 4, 6), 0, row);
    }
  }

  private void checkScatter(Tensor src, int axis, Tensor index, Tensor start) {
    Tensor y = tensor(start.dtype(), start.toDoubleArray(), start.shape().toArray());
    indexing().scatterAdd(src, axis, index, y);
    Tensor r = exact(start);
    reference().indexing().scatterAdd(exact(src), axis, exact(index), r);
    Tensor s = magnitude(start);
    reference().indexing().scatterAdd(magnitude(src), axis, exact(index), s);
    String what = "scatter " + src.shape() + " to " + start.shape() + " along " + axis;
    assertBound(what, y, r.toDoubleArray(), s.toDoubleArray(), src.dim(axis) + 1);
  }

  @Test
  void scatterAddAtEverySize() {
    for (DType dtype : FLOATING) {
      for (int n : SIZES) {
        if (n > 0) {
          checkScatter(random(dtype, 1, 9), 0, indices(2, n, 9), random(dtype, 3, n));
          checkScatter(random(dtype, 1, 3, 7), 1, indices(2, n, 3, 7), random(dtype, 3, 3, n));
        }
        checkScatter(random(dtype, 1, n), 0, indices(2, 5, n), random(dtype, 3, 5));
        Tensor out = random(dtype, 3, 2, 5, n);
        checkScatter(random(dtype, 1, 2, 3, n), -2, indices(2, 5, 2, 3, n), out);
      }
      for (Tensor src : views(random(dtype, 1, 4, 8, 6))) {
        for (Tensor index : views(indices(2, 5, 4, 8, 6))) {
          checkScatter(src, 1, index, random(dtype, 3, 4, 5, 6));
        }
      }
    }
  }

  @Test
  void oneHotAtEverySize() {
    for (DType dtype : FLOATING) {
      for (int n : SIZES) {
        checkOneHot(dtype, indices(1, 10, n), 10);
        checkOneHot(dtype, indices(1, 3, 2, n), 3);
        if (n > 0) {
          checkOneHot(dtype, indices(1, n, 5), n);
        }
      }
      checkOneHot(dtype, indices(1, 4), 4);
      for (Tensor index : views(indices(1, 6, 5, 7))) {
        checkOneHot(dtype, index, 6);
      }
    }
  }

  private void checkOneHot(DType dtype, Tensor index, int classes) {
    Tensor y = garbage(dtype, index.shape().insert(index.rank(), classes).toArray());
    indexing().oneHot(index, y);
    Tensor r = blankLike(y);
    reference().indexing().oneHot(exact(index), r);
    assertSame("one hot " + index.shape(), y.toDoubleArray(), r.toDoubleArray());
  }

  @Test
  void smallTensorsByHand() {
    Tensor x = tensor(DType.F32, new double[] {1, 2, 3, 4, 5, 6}, 2, 3);
    Tensor index = tensor(DType.I32, new double[] {2, 0, 1, 1}, 2, 2);
    Tensor y = garbage(DType.F32, 2, 2);
    indexing().gather(x, 1, index, y);
    assertArrayEquals(new float[] {3, 1, 5, 5}, y.toFloatArray());
    indexing().scatterAdd(y, 1, index, x);
    assertArrayEquals(new float[] {2, 2, 6, 4, 15, 6}, x.toFloatArray());
    Tensor hot = garbage(DType.F32, 2, 2, 3);
    indexing().oneHot(index, hot);
    assertArrayEquals(new float[] {0, 0, 1, 1, 0, 0, 0, 1, 0, 0, 1, 0}, hot.toFloatArray());
  }
}
