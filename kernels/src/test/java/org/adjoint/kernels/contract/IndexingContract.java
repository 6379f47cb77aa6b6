package org.adjoint.kernels.contract;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import java.util.Arrays;
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

  private void checkPut(Tensor src, int axis, Tensor index, Tensor start) {
    Tensor y = tensor(start.dtype(), start.toDoubleArray(), start.shape().toArray());
    indexing().scatter(src, axis, index, y);
    Tensor r = exact(start);
    reference().indexing().scatter(exact(src), axis, exact(index), r);
    String what = "scatter " + src.shape() + " to " + start.shape() + " along " + axis;
    assertSame(what, y.toDoubleArray(), r.toDoubleArray());
  }

  @Test
  void scatterAtEverySize() {
    for (DType dtype : FLOATING) {
      for (int n : SIZES) {
        if (n > 0) {
          checkPut(random(dtype, 1, 3, 7), 1, indices(2, n, 3, 7), random(dtype, 3, 3, n));
        }
        checkPut(random(dtype, 1, n), 0, indices(2, 5, n), random(dtype, 3, 5));
        checkPut(random(dtype, 1, 2, 3, n), 1, indices(2, 5, 2, 3, n), random(dtype, 3, 2, 5, n));
      }
      for (Tensor src : views(random(dtype, 1, 4, 8, 6))) {
        checkPut(src, 1, indices(2, 5, 4, 8, 6), random(dtype, 3, 4, 5, 6));
      }
    }
  }

  private void checkSlices(Tensor x, int axis, Tensor index) {
    int a = x.shape().axis("test", axis);
    Tensor y = garbage(x.dtype(), x.shape().with(a, index.size()).toArray());
    indexing().indexSelect(x, axis, index, y);
    Tensor r = blankLike(y);
    reference().indexing().indexSelect(exact(x), axis, exact(index), r);
    String what = index.size() + " slices of " + x.shape() + " along " + axis;
    assertSame(what, y.toDoubleArray(), r.toDoubleArray());
    Tensor sums = tensor(x.dtype(), x.toDoubleArray(), x.shape().toArray());
    indexing().indexAdd(y, axis, index, sums);
    Tensor all = exact(x);
    reference().indexing().indexAdd(r, axis, exact(index), all);
    Tensor s = magnitude(x);
    reference().indexing().indexAdd(magnitude(r), axis, exact(index), s);
    assertBound("added " + what, sums, all.toDoubleArray(), s.toDoubleArray(), index.size() + 1);
  }

  @Test
  void wholeSlicesAtEverySize() {
    for (DType dtype : FLOATING) {
      for (int n : SIZES) {
        if (n > 0) {
          checkSlices(random(dtype, 1, n), 0, indices(2, n, 9));
          checkSlices(random(dtype, 1, 3, n), 1, indices(2, n, 7));
        }
        checkSlices(random(dtype, 1, 5, n), 0, indices(2, 5, 9));
        checkSlices(random(dtype, 1, 2, 5, n), -2, indices(2, 5, 3));
        checkSlices(random(dtype, 1, 5, 2), 0, indices(2, 5, n));
      }
      for (Tensor x : views(random(dtype, 1, 4, 5, 6))) {
        for (Tensor index : views(indices(2, 5, 8))) {
          checkSlices(x, 1, index);
        }
      }
    }
  }

  private void checkOrder(String what, Tensor x, int axis, int count) {
    int a = x.shape().axis("test", axis);
    for (boolean descending : new boolean[] {false, true}) {
      Tensor y = garbage(DType.I32, x.shape().with(a, count).toArray());
      Tensor r = exact(y);
      indexing().argSort(descending, x, axis, y);
      reference().indexing().argSort(descending, exact(x), axis, r);
      String all = what + " " + count + " of " + x.shape() + " along " + axis;
      assertArrayEquals(r.toIntArray(), y.toIntArray(), all);
    }
  }

  /** Returns the longest axis to sort: less where that takes the square of it, simulated. */
  protected int longestOrder() {
    return Integer.MAX_VALUE;
  }

  @Test
  void orderAtEverySize() {
    for (DType dtype : FLOATING) {
      for (int n : SIZES) {
        if (n > longestOrder()) {
          continue;
        }
        for (int count : new int[] {n, n / 2, n / 9, Math.min(n, 1)}) {
          checkOrder("vector", random(dtype, n, n), 0, count);
          checkOrder("rows", random(dtype, n, 3, n), -1, count);
          checkOrder("columns", random(dtype, n, 2, n, 3), 1, count);
          double[] few = numbers(n, n, 0, 3);
          Arrays.setAll(few, i -> Math.floor(few[i]));
          checkOrder("few values", tensor(dtype, few, n), 0, count);
        }
      }
      checkOrder("special", tensor(dtype, SPECIAL, SPECIAL.length), 0, SPECIAL.length);
      for (Tensor view : views(random(dtype, 1, 6, 7))) {
        checkOrder("view", view, 0, 6);
        checkOrder("view", view, 1, 4);
      }
    }
    Tensor y = garbage(DType.I32, 5);
    Tensor x = tensor(DType.F32, new double[] {0.0, Double.NaN, -0.0, 7, -1}, 5);
    indexing().argSort(false, x, 0, y);
    assertArrayEquals(new int[] {4, 0, 2, 3, 1}, y.toIntArray());
    indexing().argSort(true, x, 0, y);
    assertArrayEquals(new int[] {1, 3, 0, 2, 4}, y.toIntArray());
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
    indexing().scatter(tensor(DType.F32, new double[] {7, 8}, 1, 2), 0, indices(1, 1, 1, 2), y);
    assertArrayEquals(new float[] {7, 8, 5, 5}, y.toFloatArray());
    Tensor hot = garbage(DType.F32, 2, 2, 3);
    indexing().oneHot(index, hot);
    assertArrayEquals(new float[] {0, 0, 1, 1, 0, 0, 0, 1, 0, 0, 1, 0}, hot.toFloatArray());
  }
}
