package org.adjoint.kernels.contract;

import org.adjoint.kernels.MatmulKernels;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Shape;
import org.adjoint.tensor.Tensor;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The contract of {@link MatmulKernels}. */
public abstract class MatmulContract extends KernelsContract {
  private MatmulKernels matmul() {
    return kernels().matmul();
  }

  private void check(Tensor a, boolean ta, Tensor b, boolean tb, @Nullable Tensor bias) {
    int m = a.dim(ta ? -1 : -2);
    int k = a.dim(ta ? -2 : -1);
    int n = b.dim(tb ? -2 : -1);
    int[] dims = a.rank() == 2 ? new int[] {m, n} : new int[] {a.dim(0), m, n};
    Tensor y = garbage(a.dtype(), dims);
    matmul().matmul(a, ta, b, tb, bias, y);
    Tensor r = blank(dims);
    reference().matmul().matmul(exact(a), ta, exact(b), tb, bias == null ? null : exact(bias), r);
    Tensor s = blank(dims);
    Tensor size = bias == null ? null : magnitude(bias);
    reference().matmul().matmul(magnitude(a), ta, magnitude(b), tb, size, s);
    String what = a.layout() + (ta ? "'" : "") + " x " + b.layout() + (tb ? "'" : "");
    assertBound(what, y, r.toDoubleArray(), s.toDoubleArray(), k + 1);
  }

  private void checkSizes(DType dtype, int batch, int m, int n, int k, boolean withBias) {
    Tensor bias = withBias ? random(dtype, 9, n) : null;
    for (int flags = 0; flags < 4; flags++) {
      boolean ta = (flags & 1) != 0;
      boolean tb = (flags & 2) != 0;
      int[] p = ta ? new int[] {k, m} : new int[] {m, k};
      int[] q = tb ? new int[] {n, k} : new int[] {k, n};
      if (batch >= 0) {
        p = new int[] {batch, p[0], p[1]};
        q = new int[] {batch, q[0], q[1]};
      }
      check(random(dtype, 1, p), ta, random(dtype, 2, q), tb, bias);
    }
  }

  @Test
  void everySizeInEveryPlace() {
    for (DType dtype : FLOATING) {
      for (int s : SIZES) {
        checkSizes(dtype, -1, s, 5, 7, false);
        checkSizes(dtype, -1, 6, s, 9, true);
        checkSizes(dtype, -1, 4, 3, s, false);
        checkSizes(dtype, -1, 4, 3, s, true);
        if (s <= 100) {
          checkSizes(dtype, -1, s, s, s, true);
          checkSizes(dtype, 3, s, 4, 5, true);
          checkSizes(dtype, 2, 3, s, 5, false);
          checkSizes(dtype, s, 2, 3, 4, s % 2 == 0);
        }
      }
    }
  }

  @Test
  void shapesOfRealNetworks() {
    checkSizes(DType.F32, -1, 128, 256, 300, true);
    checkSizes(DType.F32, -1, 207, 129, 517, false);
    checkSizes(DType.F32, -1, 1, 1000, 784, true);
    checkSizes(DType.F32, -1, 1000, 1, 784, true);
    checkSizes(DType.F32, -1, 10, 84, 1000, false);
    checkSizes(DType.F64, -1, 65, 130, 259, true);
    checkSizes(DType.F32, 4, 70, 33, 65, false);
  }

  @Test
  void matricesOfAnyLayout() {
    for (DType dtype : FLOATING) {
      for (Tensor a : views(random(dtype, 1, 13, 9))) {
        for (Tensor b : views(random(dtype, 2, 9, 17))) {
          check(a, false, b, false, null);
          check(b.transpose(0, 1), false, a, true, random(dtype, 3, 13));
          check(a.transpose(0, 1), true, b.transpose(0, 1), true, null);
        }
      }
      Tensor bias = random(dtype, 4, 34).slice(0, 0, 34, 2);
      for (Tensor a : views(random(dtype, 1, 3, 13, 9))) {
        for (Tensor b : views(random(dtype, 2, 3, 9, 17))) {
          check(a, false, b, false, bias);
          check(a.transpose(1, 2), true, b.transpose(1, 2), true, bias);
        }
      }
    }
  }

  @Test
  void batchesThatShareAMatrix() {
    for (DType dtype : FLOATING) {
      Tensor a = random(dtype, 1, 5, 7, 8);
      Tensor b = random(dtype, 2, 8, 6);
      Tensor shared = b.expand(Shape.of(5, 8, 6));
      check(a, false, shared, false, null);
      check(a, false, shared.transpose(1, 2), true, null);
      Tensor stretched = random(dtype, 3, 8, 12).slice(1, 0, 12, 2).expand(Shape.of(5, 8, 6));
      check(a, false, stretched, false, null);
      check(random(dtype, 4, 7, 8).expand(Shape.of(5, 7, 8)), false, shared, false, null);
      Tensor constant = tensor(dtype, new double[] {0.5}).expand(Shape.of(8, 6));
      check(random(dtype, 4, 7, 8), false, constant, false, null);
    }
  }

  @Test
  void nothingToSumGivesTheBias() {
    for (DType dtype : FLOATING) {
      for (int batch : new int[] {-1, 2}) {
        checkSizes(dtype, batch, 3, 5, 0, true);
        checkSizes(dtype, batch, 3, 5, 0, false);
      }
    }
  }

  @Test
  void notANumberStaysInItsRowAndColumn() {
    for (DType dtype : FLOATING) {
      for (int n : new int[] {3, 17, 33}) {
        double[] v = numbers(1, n * n, -1, 1);
        v[(n - 1) * n + 1] = Double.NaN;
        v[1] = Double.POSITIVE_INFINITY;
        Tensor a = tensor(dtype, v, n, n);
        check(a, false, between(dtype, 2, 0.5, 1, n, n), false, null);
        check(between(dtype, 2, 0.5, 1, n, n), false, a, false, null);
        check(a, true, between(dtype, 2, 0.5, 1, n, n), true, random(dtype, 3, n));
      }
    }
  }

  @Test
  void theSameProductHasTheSameBits() {
    for (DType dtype : FLOATING) {
      Tensor a = random(dtype, 1, 67, 130);
      Tensor b = random(dtype, 2, 130, 45);
      Tensor first = garbage(dtype, 67, 45);
      matmul().matmul(a, false, b, false, null, first);
      for (Tensor view : views(a)) {
        Tensor again = garbageLike(first);
        matmul().matmul(view, false, b, false, null, again);
        assertSame("again", again.toDoubleArray(), first.toDoubleArray());
      }
    }
  }

  @Test
  void smallProductByHand() {
    Tensor a = tensor(DType.F32, new double[] {1, 2, 3, 4, 5, 6}, 2, 3);
    Tensor b = tensor(DType.F32, new double[] {1, 0, -1, 2, 1, 0}, 3, 2);
    Tensor y = garbage(DType.F32, 2, 2);
    matmul().matmul(a, false, b, false, tensor(DType.F32, new double[] {10, 20}, 2), y);
    assertSame("by hand", y.toDoubleArray(), new double[] {12, 24, 15, 30});
    matmul().matmul(a, false, a, true, null, y);
    assertSame("by hand", y.toDoubleArray(), new double[] {14, 32, 32, 77});
  }
}
