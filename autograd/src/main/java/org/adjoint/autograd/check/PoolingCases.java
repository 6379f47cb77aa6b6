package org.adjoint.autograd.check;

import java.util.List;
import org.adjoint.autograd.Variable;
import org.adjoint.autograd.ops.Pooling;
import org.adjoint.autograd.ops.PoolingNd;
import org.adjoint.kernels.Kernels;
import org.adjoint.kernels.Pool2dSpec;

/**
 * Cases of pooling of sequences and volumes, and of all windows that are not whole ones side by
 * side: dilated, beyond the padding, divided by something else than their size.
 */
final class PoolingCases {
  private static final Values VALUES = Values.between(-1.5, 1.5);
  private static final Values DISTINCT = Values.distinct(-2, 2);

  private PoolingCases() {}

  static void add(List<OpCase> cases) {
    for (int[] x : new int[][] {{1, 1, 4}, {2, 3, 7}, {1, 2, 9}, {0, 1, 4}}) {
      sequence(cases, new PoolingNd.Pool1dSpec(2, 2, 0), x);
      sequence(cases, new PoolingNd.Pool1dSpec(3, 1, 1), x);
      sequence(cases, new PoolingNd.Pool1dSpec(2, 2, 1, 2, true), x);
      sequence(cases, new PoolingNd.Pool1dSpec(3, 2, 1, 1, true), x);
    }
    for (int[] x : new int[][] {{1, 1, 3, 4}, {1, 2, 4, 4}, {2, 3, 5, 7}, {0, 2, 3, 3}}) {
      image(cases, new Pool2dSpec(3, 2, 2, 1, 1, 1), x);
      image(cases, new Pool2dSpec(2, 2, 2, 3, 0, 0).roundedUp(), x);
      image(cases, new Pool2dSpec(3, 2, 2, 3, 1, 1).roundedUp(), x);
      image(cases, new Pool2dSpec(2, 3, 1, 2, 1, 1).dilated(2, 1), x);
      image(cases, new Pool2dSpec(2, 2, 2, 1, 0, 1).dilated(1, 2).roundedUp(), x);
    }
    for (int[] x :
        new int[][] {{1, 1, 2, 3, 4}, {1, 2, 3, 2, 3}, {2, 1, 4, 5, 3}, {0, 1, 2, 2, 2}}) {
      Pool2dSpec plane = new Pool2dSpec(2, 2, 2, 1, 1, 1).roundedUp();
      volume(cases, PoolingNd.Pool3dSpec.of(2, 1, 0), x);
      volume(cases, PoolingNd.Pool3dSpec.of(2, 2, 1), x);
      volume(cases, new PoolingNd.Pool3dSpec(1, 1, 0, new Pool2dSpec(2, 1, 2, 1, 1, 0)), x);
      volume(cases, new PoolingNd.Pool3dSpec(2, 3, 1, plane), x);
      volume(cases, new PoolingNd.Pool3dSpec(2, 1, 1, 2, plane.dilated(1, 2)), x);
    }
  }

  private static OpCase.Builder most(String op) {
    return OpCase.of(op, "y = the largest x of each window", "dx = dy at the winner of its window")
        .family(Kernels.Family.CONVOLUTIONS)
        .recorded()
        .note("the first of equals wins")
        .rule(Rule.exact());
  }

  private static OpCase.Builder places(String op, String formula) {
    return OpCase.of(op, formula, "none")
        .family(Kernels.Family.CONVOLUTIONS)
        .recorded()
        .note("the first of equals wins")
        .rule(Rule.exact());
  }

  private static OpCase.Builder mean(String op, int taps) {
    return OpCase.of(op, "y = the mean of each window", "dx = dy / window, added over windows")
        .family(Kernels.Family.CONVOLUTIONS)
        .recorded()
        .rule(Rule.multilinear(taps));
  }

  // ---- sequences ------------------------------------------------------------------------------

  private static OpCase.Builder of(PoolingNd.Pool1dSpec spec, OpCase.Builder builder) {
    builder
        .with("kernel", spec.kernel())
        .with("stride", spec.stride())
        .with("padding", spec.padding());
    return rounded(spec.ceil(), dilated(spec.dilation() != 1, spec.dilation(), builder));
  }

  private static OpCase.Builder dilated(boolean is, Object dilation, OpCase.Builder builder) {
    return is ? builder.with("dilation", dilation) : builder;
  }

  private static OpCase.Builder rounded(boolean ceil, OpCase.Builder builder) {
    return ceil ? builder.with("ceil_mode", true) : builder;
  }

  private static void sequence(List<OpCase> cases, PoolingNd.Pool1dSpec spec, int... x) {
    cases.add(
        of(spec, most("max_pool1d"))
            .input("x", DISTINCT, x)
            .applying(in -> PoolingNd.maxPool1d(in[0], spec)));
    cases.add(
        of(spec, places("max_pool1d_index", "y = the place of each maximum"))
            .plain("x", Values.integers(-2, 2), x)
            .applying(in -> Variable.of(PoolingNd.maxPool1dWithIndex(in[0], spec).index())));
    if (spec.dilation() != 1) {
      return;
    }
    for (boolean count : new boolean[] {true, false}) {
      cases.add(
          of(spec, mean("avg_pool1d", spec.kernel()))
              .with("count_include_pad", count)
              .input("x", VALUES, x)
              .applying(in -> PoolingNd.avgPool1d(in[0], spec, count)));
    }
  }

  // ---- images ---------------------------------------------------------------------------------

  private static OpCase.Builder of(Pool2dSpec spec, OpCase.Builder builder) {
    builder
        .with("kernel", new int[] {spec.kernelH(), spec.kernelW()})
        .with("stride", new int[] {spec.strideH(), spec.strideW()})
        .with("padding", new int[] {spec.padH(), spec.padW()});
    int[] dilation = {spec.dilationH(), spec.dilationW()};
    return rounded(spec.ceil(), dilated(dilation[0] * dilation[1] != 1, dilation, builder));
  }

  private static void image(List<OpCase> cases, Pool2dSpec spec, int... x) {
    cases.add(
        of(spec, most("max_pool2d"))
            .remark("windows")
            .input("x", DISTINCT, x)
            .applying(in -> Pooling.maxPool2d(in[0], spec)));
    if (spec.dilationH() != 1 || spec.dilationW() != 1) {
      return;
    }
    int taps = spec.kernelH() * spec.kernelW();
    for (boolean count : new boolean[] {true, false}) {
      cases.add(
          of(spec, mean("avg_pool2d", taps))
              .remark("windows")
              .with("count_include_pad", count)
              .input("x", VALUES, x)
              .applying(in -> Pooling.avgPool2d(in[0], spec, count)));
    }
    cases.add(
        of(spec, mean("avg_pool2d", taps))
            .remark("divisor")
            .with("divisor", 5)
            .input("x", VALUES, x)
            .applying(in -> Pooling.avgPool2d(in[0], spec, 5)));
  }

  // ---- volumes --------------------------------------------------------------------------------

  private static OpCase.Builder of(PoolingNd.Pool3dSpec spec, OpCase.Builder builder) {
    Pool2dSpec plane = spec.plane();
    builder
        .with("kernel", new int[] {spec.kernelD(), plane.kernelH(), plane.kernelW()})
        .with("stride", new int[] {spec.strideD(), plane.strideH(), plane.strideW()})
        .with("padding", new int[] {spec.padD(), plane.padH(), plane.padW()});
    int[] dilation = {spec.dilationD(), plane.dilationH(), plane.dilationW()};
    return rounded(plane.ceil(), dilated(spec.dilationD() != 1, dilation, builder));
  }

  private static void volume(List<OpCase> cases, PoolingNd.Pool3dSpec spec, int... x) {
    cases.add(
        of(spec, most("max_pool3d"))
            .input("x", DISTINCT, x)
            .applying(in -> PoolingNd.maxPool3d(in[0], spec)));
    cases.add(
        of(spec, places("max_pool3d_index", "y = the place (d H + h) W + w of each maximum"))
            .plain("x", Values.integers(-2, 2), x)
            .applying(in -> Variable.of(PoolingNd.maxPool3dWithIndex(in[0], spec).index())));
    if (spec.dilationD() != 1) {
      return;
    }
    int taps = spec.kernelD() * spec.plane().kernelH() * spec.plane().kernelW();
    for (boolean count : new boolean[] {true, false}) {
      cases.add(
          of(spec, mean("avg_pool3d", taps))
              .with("count_include_pad", count)
              .input("x", VALUES, x)
              .applying(in -> PoolingNd.avgPool3d(in[0], spec, count)));
    }
    cases.add(
        of(spec, mean("avg_pool3d", taps))
            .with("divisor", 3)
            .input("x", VALUES, x)
            .applying(in -> PoolingNd.avgPool3d(in[0], spec, 3)));
  }
}
