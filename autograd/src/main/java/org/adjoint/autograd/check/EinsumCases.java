package org.adjoint.autograd.check;

import java.util.List;
import org.adjoint.autograd.ops.Einsum;
import org.adjoint.kernels.Kernels;
import org.adjoint.tensor.Shape;

/** Cases of Einstein's summation; the remark is the equation. */
final class EinsumCases {
  private EinsumCases() {}

  static void add(List<OpCase> cases) {
    add(cases, "i->i", new int[] {3});
    add(cases, "ij->", new int[] {2, 3});
    add(cases, "ij->ji", new int[] {2, 3});
    add(cases, "ijk->kj", new int[] {2, 3, 2});
    add(cases, "ii->i", new int[] {3, 3});
    add(cases, "ii", new int[] {3, 3});
    add(cases, "iji->j", new int[] {3, 2, 3});
    add(cases, "iii->i", new int[] {2, 2, 2});
    add(cases, "i,i->", new int[] {5}, new int[] {5});
    add(cases, "i,i->i", new int[] {5}, new int[] {5});
    add(cases, "i,j->ij", new int[] {3}, new int[] {4});
    add(cases, "ij,jk", new int[] {2, 3}, new int[] {3, 4});
    add(cases, "ji,kj->ik", new int[] {3, 2}, new int[] {4, 3});
    add(cases, "bij,bjk->bik", new int[] {2, 3, 2}, new int[] {2, 2, 4});
    add(cases, "bij,bkj->kbi", new int[] {2, 3, 2}, new int[] {2, 4, 2});
    add(cases, "bthd,bshd->bhts", new int[] {2, 3, 2, 2}, new int[] {2, 4, 2, 2});
    add(cases, "bhts,bshd->bthd", new int[] {1, 2, 3, 2}, new int[] {1, 2, 2, 4});
    add(cases, "ijk,kj->i", new int[] {2, 3, 4}, new int[] {4, 3});
    add(cases, "ij,kl->", new int[] {2, 3}, new int[] {2, 2});
    add(cases, "...ij,...jk->...ik", new int[] {2, 2, 3}, new int[] {3, 2});
    add(cases, "...ij,...jk", new int[] {2, 1, 2, 3}, new int[] {3, 3, 2});
    add(cases, "i...->...", new int[] {2, 3, 2});
    add(cases, "...i,...i->...", new int[] {2, 3}, new int[] {1, 3});
    add(cases, "b,ij->bij", new int[] {2}, new int[] {2, 3});
    add(cases, "ij,jk,kl->il", new int[] {2, 3}, new int[] {3, 2}, new int[] {2, 4});
    add(cases, "bi,oij,bj->bo", new int[] {2, 3}, new int[] {2, 3, 2}, new int[] {2, 2});
    add(cases, "i,i,i->i", new int[] {4}, new int[] {4}, new int[] {4});
    add(cases, "Ab,bA->b", new int[] {2, 3}, new int[] {3, 2});
    add(cases, "ij,jk->ik", new int[] {2, 0}, new int[] {0, 3});
  }

  private static void add(List<OpCase> cases, String equation, int[]... shapes) {
    int terms = 1;
    for (int[] s : shapes) {
      terms = Math.max(terms, Shape.of(s).size());
    }
    for (Input.View view : Input.View.values()) {
      OpCase.Builder b =
          OpCase.of("einsum", "y = sum of products", "the sums of products with dy in turn")
              .remark(equation)
              .family(Kernels.Family.MATMUL)
              .recorded()
              .view(view);
      for (int i = 0; i < shapes.length; i++) {
        b.input("x" + i, Values.between(-2, 2), shapes[i]);
      }
      cases.add(b.rule(Rule.multilinear(terms)).applying(in -> Einsum.einsum(equation, in)));
    }
  }
}
