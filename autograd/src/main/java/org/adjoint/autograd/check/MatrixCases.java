package org.adjoint.autograd.check;

import java.util.List;
import org.adjoint.autograd.ops.Matrices;

/** Cases of triangles, diagonals and the products of vectors. */
final class MatrixCases {
  private static final Values VALUES = Values.between(-2, 2);

  private MatrixCases() {}

  static void add(List<OpCase> cases) {
    for (Input.View view : Input.View.values()) {
      for (int k : new int[] {-1, 0, 2}) {
        triangles(cases, view, k, 3, 4);
        triangles(cases, view, k, 2, 3, 3);
        triangles(cases, view, k, 4, 1);
        diagonal(cases, view, k, 0, 1, 3, 4);
        diagonal(cases, view, k, -1, 0, 3, 2, 4);
        diagonal(cases, view, k, 2, 1, 2, 3, 5);
      }
      for (int[] x : new int[][] {{3}, {1}, {2, 3}}) {
        cases.add(
            of("diag_embed", "y[.., i, i] = x[.., i]", "dx = diagonal(dy)", view)
                .input("x", VALUES, x)
                .rule(Rule.copy())
                .applying(in -> Matrices.diagEmbed(in[0])));
      }
      for (int[] x : new int[][] {{3, 3}, {2, 4}, {5, 1}}) {
        cases.add(
            of("trace", "y = sum of x[i, i]", "dx = dy on the diagonal", view)
                .input("x", VALUES, x)
                .rule(Rule.multilinear(3))
                .applying(in -> Matrices.trace(in[0])));
      }
      products(cases, view);
    }
  }

  private static OpCase.Builder of(String op, String formula, String gradient, Input.View view) {
    return OpCase.of(op, formula, gradient).recorded().view(view);
  }

  private static void triangles(List<OpCase> cases, Input.View view, int k, int... x) {
    cases.add(
        of("tril", "y = x where column - row <= k, else 0", "dx = tril(dy)", view)
            .with("diagonal", k)
            .input("x", VALUES, x)
            .rule(Rule.exact())
            .applying(in -> Matrices.tril(in[0], k)));
    cases.add(
        of("triu", "y = x where column - row >= k, else 0", "dx = triu(dy)", view)
            .with("diagonal", k)
            .input("x", VALUES, x)
            .rule(Rule.exact())
            .applying(in -> Matrices.triu(in[0], k)));
  }

  private static void diagonal(
      List<OpCase> cases, Input.View view, int offset, int first, int second, int... x) {
    String formula = "y[.., i] = x[.., i, .., i + offset, ..]";
    cases.add(
        of("diagonal", formula, "dx = 0 except dy on the diagonal", view)
            .with("offset", offset)
            .with("axes", new int[] {first, second})
            .input("x", VALUES, x)
            .rule(Rule.copy())
            .applying(in -> Matrices.diagonal(in[0], offset, first, second)));
  }

  private static void products(List<OpCase> cases, Input.View view) {
    for (int[] n : new int[][] {{1, 3}, {4, 2}, {17, 5}}) {
      cases.add(
          of("outer", "y[i, j] = a[i] * b[j]", "da = dy b, db = dy^T a", view)
              .input("a", VALUES, n[0])
              .input("b", VALUES, n[1])
              .rule(Rule.multilinear(1))
              .applying(in -> Matrices.outer(in[0], in[1])));
      cases.add(
          of("dot", "y = sum(a * b)", "da = dy * b, db = dy * a", view)
              .input("a", VALUES, n[0])
              .input("b", VALUES, n[0])
              .rule(Rule.multilinear(n[0]))
              .applying(in -> Matrices.dot(in[0], in[1])));
    }
    for (int[] n : new int[][] {{1, 2, 3, 2}, {3, 2, 5, 4}}) {
      cases.add(
          of("bmm", "y[i] = a[i] b[i]", "da = dy b^T, db = a^T dy", view)
              .input("a", VALUES, n[0], n[1], n[2])
              .input("b", VALUES, n[0], n[2], n[3])
              .rule(Rule.multilinear(n[2]))
              .applying(in -> Matrices.bmm(in[0], in[1])));
    }
  }
}
