package org.adjoint.autograd.check;

import java.util.List;
import org.adjoint.autograd.ops.Indexing;
import org.adjoint.kernels.Backend;
import org.adjoint.kernels.Kernels;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Tensor;

/** Cases of gather, scatter-add and one-hot. */
final class IndexingCases {
  private static final Values VALUES = Values.between(-2, 2);

  private IndexingCases() {}

  static void add(List<OpCase> cases) {
    // x, axis, extent of the index along it
    int[][][] shapes = {
      {{1}, {0, 1}},
      {{5}, {0, 3}},
      {{5}, {-1, 9}},
      {{4}, {0, 0}},
      {{3, 4}, {0, 2}},
      {{3, 4}, {1, 6}},
      {{3, 4}, {-2, 5}},
      {{2, 3, 4}, {0, 3}},
      {{2, 3, 4}, {1, 2}},
      {{2, 3, 4}, {2, 5}},
      {{2, 0, 3}, {0, 3}},
      {{33, 3}, {0, 17}},
      {{7, 100}, {1, 31}}
    };
    for (int[][] s : shapes) {
      for (Input.View view : Input.View.values()) {
        gather(cases, view, s[1][0], s[1][1], s[0]);
        scatterAdd(cases, view, s[1][0], s[1][1], s[0]);
      }
    }
    int[][] indices = {{}, {1}, {5}, {2, 3}, {0}, {2, 1, 3}, {17}};
    for (int[] index : indices) {
      for (int classes : new int[] {1, 4, 10}) {
        oneHot(cases, classes, index);
      }
    }
  }

  private static void gather(List<OpCase> cases, Input.View view, int axis, int count, int... x) {
    int a = axis < 0 ? axis + x.length : axis;
    int[] index = x.clone();
    index[a] = count;
    cases.add(
        OpCase.of(
                "gather",
                "y[.., i, ..] = x[.., index[.., i, ..], ..]",
                "dx = scatter_add(dy, index)")
            .family(Kernels.Family.INDEXING)
            .recorded()
            .with("axis", axis)
            .view(view)
            .input("x", VALUES, x)
            .setting("index", true, Values.integers(0, x[a] - 1), index)
            .rule(Rule.exact())
            .applying(in -> Indexing.gather(in[0], axis, in[1].value())));
  }

  private static void scatterAdd(
      List<OpCase> cases, Input.View view, int axis, int extent, int... src) {
    int a = axis < 0 ? axis + src.length : axis;
    int places = Math.max(extent, 1);
    cases.add(
        OpCase.of(
                "scatter_add",
                "y[.., index[.., i, ..], ..] += src[.., i, ..]",
                "dsrc = gather(dy, index)")
            .family(Kernels.Family.INDEXING)
            .recorded()
            .with("axis", axis)
            .with("extent", places)
            .view(view)
            .input("src", VALUES, src)
            .setting("index", true, Values.integers(0, places - 1), src)
            .rule(Rule.multilinear(Math.max(src[a], 1)))
            .applying(in -> Indexing.scatterAdd(in[0], axis, in[1].value(), places)));
  }

  /** The type with the longest numbers that a tensor's device computes. */
  private static DType widest(Tensor t) {
    return ((Backend) t.device()).computes(DType.F64) ? DType.F64 : DType.F32;
  }

  private static void oneHot(List<OpCase> cases, int classes, int... index) {
    for (Input.View view : Input.View.values()) {
      if (view == Input.View.DENSE || index.length > 1) {
        cases.add(
            OpCase.of("one_hot", "y[.., c] = 1 if c = index[..], else 0", "none")
                .family(Kernels.Family.INDEXING)
                .recorded()
                .with("classes", classes)
                .view(view)
                .integers("index", Values.integers(0, classes - 1), index)
                .rule(Rule.exact())
                .applying(in -> Indexing.oneHot(in[0].value(), classes, widest(in[0].value()))));
      }
    }
  }
}
