package org.adjoint.autograd.check;

import java.util.List;
import org.adjoint.autograd.ops.Patches;
import org.adjoint.kernels.Conv2dSpec;
import org.adjoint.kernels.Kernels;

/** Cases of windows as columns, and of columns as images. */
final class PatchCases {
  private static final Values VALUES = Values.between(-2, 2);

  private PatchCases() {}

  static void add(List<OpCase> cases) {
    add(cases, Conv2dSpec.DEFAULT, 1, 1, 1, 1, 2, 3);
    add(cases, Conv2dSpec.DEFAULT, 2, 2, 1, 1, 3, 3);
    add(cases, Conv2dSpec.of(2, 1, 1, 1), 2, 3, 1, 2, 3, 3);
    add(cases, Conv2dSpec.of(1, 2, 2, 1), 2, 2, 1, 1, 2, 3);
    add(cases, new Conv2dSpec(1, 2, 0, 1, 2, 1, 1), 3, 2, 2, 3, 7, 5);
    add(cases, Conv2dSpec.of(4, 0, 1, 1), 4, 4, 2, 3, 8, 12);
    add(cases, Conv2dSpec.DEFAULT, 2, 1, 0, 1, 2, 2);
  }

  private static void add(List<OpCase> cases, Conv2dSpec spec, int kh, int kw, int... x) {
    int rows = Conv2dSpec.extent(x[2], kh, spec.strideH(), spec.padH(), spec.dilationH());
    int cols = Conv2dSpec.extent(x[3], kw, spec.strideW(), spec.padW(), spec.dilationW());
    for (Input.View view : Input.View.values()) {
      cases.add(
          builder("unfold", "y = the windows of x as columns", "dx = fold(dy)", spec, kh, kw)
              .view(view)
              .input("x", VALUES, x)
              .rule(Rule.exact())
              .applying(in -> Patches.unfold(in[0], kh, kw, spec)));
      cases.add(
          builder(
                  "fold",
                  "y = the sum of the columns put to windows",
                  "dx = unfold(dy)",
                  spec,
                  kh,
                  kw)
              .with("size", new int[] {x[2], x[3]})
              .view(view)
              .input("x", VALUES, x[0], x[1] * kh * kw, rows * cols)
              .rule(Rule.multilinear(kh * kw))
              .applying(in -> Patches.fold(in[0], x[2], x[3], kh, kw, spec)));
    }
  }

  private static OpCase.Builder builder(
      String op, String formula, String gradient, Conv2dSpec spec, int kh, int kw) {
    return OpCase.of(op, formula, gradient)
        .family(Kernels.Family.INDEXING)
        .recorded()
        .with("kernel", new int[] {kh, kw})
        .with("stride", new int[] {spec.strideH(), spec.strideW()})
        .with("padding", new int[] {spec.padH(), spec.padW()})
        .with("dilation", new int[] {spec.dilationH(), spec.dilationW()});
  }
}
