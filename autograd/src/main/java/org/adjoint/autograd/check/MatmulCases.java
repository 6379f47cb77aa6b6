package org.adjoint.autograd.check;

import java.util.List;
import org.adjoint.autograd.ops.Matmul;
import org.adjoint.kernels.Kernels;

/** Cases of the matrix products. */
final class MatmulCases {
  private static final Values VALUES = Values.between(-1.5, 1.5);

  private MatmulCases() {}

  static void add(List<OpCase> cases) {
    int[][] sizes = {
      {1, 1, 1},
      {2, 3, 4},
      {3, 1, 2},
      {5, 7, 3},
      {1, 8, 5},
      {4, 5, 1},
      {16, 17, 15},
      {33, 31, 13},
      {7, 100, 8},
      {0, 3, 2},
      {2, 0, 3}
    };
    for (int[] s : sizes) {
      for (int flags = 0; flags < 4; flags++) {
        product(cases, Input.View.DENSE, flags, s);
      }
    }
    for (int flags = 0; flags < 4; flags++) {
      product(cases, Input.View.DENSE, flags, 2, 3, 4, 2);
      product(cases, Input.View.DENSE, flags, 3, 1, 5, 2);
      product(cases, Input.View.REVERSED, flags, 2, 3, 4);
      product(cases, Input.View.STRIDED, flags, 2, 3, 4);
      product(cases, Input.View.REVERSED, flags, 2, 2, 3, 2);
    }
    int[][][] general = {
      {{3}, {3}},
      {{3}, {3, 2}},
      {{2, 3}, {3}},
      {{2, 2, 3}, {3, 2}},
      {{2, 3}, {4, 3, 2}},
      {{2, 1, 2, 3}, {3, 3, 2}},
      {{5, 2, 3}, {5, 3, 1}},
      {{1, 2, 3}, {4, 3, 2}},
      {{4, 2, 3}, {3}},
      {{3}, {4, 3, 2}},
      {{2, 3, 2, 3}, {2, 3, 3, 2}},
      {{0, 2, 3}, {3, 2}}
    };
    for (int[][] g : general) {
      for (Input.View view : Input.View.values()) {
        general(cases, view, g[0], g[1]);
      }
    }
    for (Input.View view : Input.View.values()) {
      for (boolean bias : new boolean[] {true, false}) {
        linear(cases, view, bias, 1, 1, 1);
        linear(cases, view, bias, 2, 3, 4);
        linear(cases, view, bias, 5, 4, 1);
        linear(cases, view, bias, 7, 17, 10);
        linear(cases, view, bias, 32, 64, 10);
        linear(cases, view, bias, 0, 3, 2);
      }
    }
  }

  private static OpCase.Builder matmul() {
    return OpCase.of(
            "matmul", "y = op(a) op(b), op transposes if asked", "dA = dy B^T, dB = A^T dy")
        .family(Kernels.Family.MATMUL)
        .recorded();
  }

  /** Sizes m, k, n, with a batch in front if there are four. */
  private static void product(List<OpCase> cases, Input.View view, int flags, int... size) {
    boolean ta = (flags & 1) != 0;
    boolean tb = (flags & 2) != 0;
    int last = size.length - 1;
    int m = size[last - 2];
    int k = size[last - 1];
    int n = size[last];
    int[] a = ta ? new int[] {k, m} : new int[] {m, k};
    int[] b = tb ? new int[] {n, k} : new int[] {k, n};
    if (last == 3) {
      a = new int[] {size[0], a[0], a[1]};
      b = new int[] {size[0], b[0], b[1]};
    }
    cases.add(
        matmul()
            .with("transposeA", ta)
            .with("transposeB", tb)
            .view(view)
            .input("a", VALUES, a)
            .input("b", VALUES, b)
            .rule(Rule.multilinear(Math.max(k, 1)))
            .applying(in -> Matmul.product(in[0], ta, in[1], tb)));
  }

  private static void general(List<OpCase> cases, Input.View view, int[] a, int[] b) {
    cases.add(
        matmul()
            .view(view)
            .input("a", VALUES, a)
            .input("b", VALUES, b)
            .rule(Rule.multilinear(a[a.length - 1]))
            .applying(in -> Matmul.matmul(in[0], in[1])));
  }

  private static void linear(
      List<OpCase> cases, Input.View view, boolean bias, int n, int in, int out) {
    OpCase.Builder b =
        OpCase.of(
                "linear", "y = x w^T + bias", "dx = dy w, dw = dy^T x, dbias = sum of dy over rows")
            .family(Kernels.Family.MATMUL)
            .recorded()
            .view(view)
            .input("x", VALUES, n, in)
            .input("w", VALUES, out, in)
            .rule(Rule.multilinear(in + 1));
    if (bias) {
      b.input("bias", VALUES, out);
    }
    cases.add(b.applying(v -> Matmul.linear(v[0], v[1], v.length > 2 ? v[2] : null)));
  }
}
