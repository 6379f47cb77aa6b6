package org.adjoint.autograd.check;

import java.util.List;
import org.adjoint.autograd.ops.Embeddings;
import org.adjoint.autograd.ops.Indexing;
import org.adjoint.kernels.Kernels;
import org.adjoint.kernels.ReduceOp;
import org.adjoint.tensor.Shape;

/** Cases of whole slices at computed places, of masks and of embeddings. */
final class LookupCases {
  private static final Values VALUES = Values.between(-2, 2);
  private static final ReduceOp[] MODES = {ReduceOp.SUM, ReduceOp.MEAN, ReduceOp.MAX};

  private LookupCases() {}

  static void add(List<OpCase> cases) {
    // x, axis, extent of the index along it
    int[][][] shapes = {
      {{1}, {0, 1}},
      {{5}, {-1, 9}},
      {{3, 4}, {0, 2}},
      {{3, 4}, {1, 6}},
      {{2, 3, 4}, {1, 4}},
      {{2, 4, 17}, {1, 3}},
      {{4, 2}, {0, 0}}
    };
    for (int[][] s : shapes) {
      for (Input.View view : Input.View.values()) {
        slices(cases, view, s[1][0], s[1][1], s[0]);
        scatter(cases, view, s[1][0], s[1][1], s[0]);
      }
    }
    take(cases, 0, new int[] {5, 1}, new int[] {3, 4});
    take(cases, -1, new int[] {2, 6}, new int[] {1, 4});
    take(cases, 1, new int[] {2, 2, 3}, new int[] {1, 4, 3});
    for (Input.View view : Input.View.values()) {
      masked(cases, view, new int[] {7}, new int[] {7});
      masked(cases, view, new int[] {4}, new int[] {3, 4});
      masked(cases, view, new int[] {2, 3}, new int[] {2, 1});
      masked(cases, view, new int[] {0}, new int[] {0});
      masked(cases, view, new int[] {2, 3, 17}, new int[] {2, 3, 17});
      fill(cases, view, new int[] {3}, new int[] {3});
      fill(cases, view, new int[] {3}, new int[] {2, 3});
      fill(cases, view, new int[] {2, 3}, new int[] {2, 1});
      embedding(cases, view, 5, 3, 4);
      embedding(cases, view, 3, 17, 2, 3);
      embedding(cases, view, 4, 1);
      embedding(cases, view, 2, 3, 0);
      weighted(cases, view, 5, 3, 2, 3);
      weighted(cases, view, 3, 17, 3, 1);
      for (int mode = 0; mode < MODES.length; mode++) {
        bag(cases, view, mode, 5, 3, 2, 3);
        bag(cases, view, mode, 3, 17, 3, 1);
        bags(cases, view, mode, new int[] {0, 2, 3}, 5, 3, 6);
        bags(cases, view, mode, new int[] {0, 0, 4, 5}, 4, 2, 5);
      }
    }
  }

  private static OpCase.Builder of(String op, String formula, String gradient, Input.View view) {
    return OpCase.of(op, formula, gradient).family(Kernels.Family.INDEXING).recorded().view(view);
  }

  private static int[] with(int[] shape, int axis, int extent) {
    int[] s = shape.clone();
    s[axis < 0 ? axis + s.length : axis] = extent;
    return s;
  }

  private static void slices(List<OpCase> cases, Input.View view, int axis, int count, int... x) {
    int extent = x[axis < 0 ? axis + x.length : axis];
    Values places = Values.integers(0, extent - 1);
    cases.add(
        of("index_select", "y[i] = x[index[i]]", "dx[index[i]] += dy[i]", view)
            .with("axis", axis)
            .input("x", VALUES, x)
            .setting("index", true, places, count)
            .rule(Rule.exact())
            .applying(in -> Indexing.indexSelect(in[0], axis, in[1].value())));
    cases.add(
        of("index_add", "y = x, y[index[i]] += src[i]", "dx = dy, dsrc[i] = dy[index[i]]", view)
            .with("axis", axis)
            .input("x", VALUES, x)
            .input("src", VALUES, with(x, axis, count))
            .setting("index", true, places, count)
            .rule(Rule.multilinear(count + 1))
            .applying(in -> Indexing.indexAdd(in[0], axis, in[2].value(), in[1])));
  }

  private static void scatter(List<OpCase> cases, Input.View view, int axis, int count, int... x) {
    int extent = x[axis < 0 ? axis + x.length : axis];
    OpCase.Builder b =
        OpCase.of(
                "scatter",
                "y = x, y[.., index[.., i, ..], ..] = src[.., i, ..]",
                "dx = dy, 0 at the places; dsrc = gather(dy, index)")
            .note("of equal indices the last wins and gets the gradient")
            .family(Kernels.Family.INDEXING)
            .view(view)
            .with("axis", axis)
            .input("x", VALUES, x)
            .input("src", VALUES, with(x, axis, count));
    // Which of equal indices wins there, nobody says.
    if (count <= extent) {
      b.recorded().setting("index", true, places(count, axis, x), with(x, axis, count));
    } else {
      b.setting("index", true, Values.integers(0, extent - 1), with(x, axis, count));
    }
    cases.add(
        b.rule(Rule.copy()).applying(in -> Indexing.scatter(in[0], axis, in[2].value(), in[1])));
  }

  /** Indices without repetition along the axis. */
  private static Values places(int count, int axis, int... x) {
    int a = axis < 0 ? axis + x.length : axis;
    int inner = 1;
    for (int i = a + 1; i < x.length; i++) {
      inner *= x[i];
    }
    int step = inner;
    return (seed, size) -> {
      double[] v = new double[size];
      for (int i = 0; i < size; i++) {
        int slice = i / step % Math.max(1, count);
        v[i] = (slice + i % step + 1) % x[a];
      }
      return v;
    };
  }

  private static void take(List<OpCase> cases, int axis, int[] index, int... x) {
    int extent = x[axis < 0 ? axis + x.length : axis];
    cases.add(
        of("take_along_dim", "y = gather of x and index, broadcast", "as gather", Input.View.DENSE)
            .with("axis", axis)
            .input("x", VALUES, x)
            .setting("index", true, Values.integers(0, extent - 1), index)
            .rule(Rule.exact())
            .applying(in -> Indexing.takeAlongDim(in[0], in[1].value(), axis)));
  }

  private static void fill(List<OpCase> cases, Input.View view, int[] mask, int... x) {
    cases.add(
        of("masked_fill", "y = mask != 0 ? value : x", "dx = mask != 0 ? 0 : dy", view)
            .with("value", -0.5)
            .input("x", VALUES, x)
            .plain("mask", Values.integers(0, 1), mask)
            .rule(Rule.exact())
            .applying(in -> Indexing.maskedFill(in[0], in[1], -0.5)));
  }

  private static void masked(List<OpCase> cases, Input.View view, int[] mask, int... x) {
    cases.add(
        of("masked_select", "y = x where mask != 0", "dx = dy where it was taken", view)
            .eager()
            .input("x", VALUES, x)
            .plain("mask", Values.integers(0, 1), mask)
            .rule(Rule.exact())
            .applying(in -> Indexing.maskedSelect(in[0], in[1])));
    cases.add(
        of("masked_scatter", "y = mask != 0 ? the next of src : x", "dsrc = dy where taken", view)
            .eager()
            .input("x", VALUES, x)
            .input("src", VALUES, x)
            .plain(
                "mask", Values.integers(0, 1), Shape.of(mask).broadcastsTo(Shape.of(x)) ? mask : x)
            .rule(Rule.exact())
            .applying(in -> Indexing.maskedScatter(in[0], in[2], in[1])));
  }

  private static void embedding(
      List<OpCase> cases, Input.View view, int rows, int width, int... index) {
    String formula = "y[.., d] = weight[index[..], d]";
    String gradient = "dweight[index[..]] += dy[..]";
    Values places = Values.integers(0, rows - 1);
    cases.add(
        of("embedding", formula, gradient, view)
            .input("weight", VALUES, rows, width)
            .setting("index", true, places, index)
            .rule(Rule.exact())
            .applying(in -> Embeddings.embedding(in[0], in[1].value())));
    cases.add(
        of("embedding", formula, gradient, view)
            .note("the row of padding gets no gradient")
            .with("padding", 1)
            .plain("weight", VALUES, rows, width)
            .setting("index", true, places, index)
            .rule(Rule.exact())
            .applying(in -> Embeddings.embedding(in[0], in[1].value(), 1)));
  }

  private static void weighted(
      List<OpCase> cases, Input.View view, int rows, int width, int... index) {
    String gradient = "dweight and dw as those of a product";
    cases.add(
        of("embedding_bag", "y[b] = sum of w[b, i] weight[index[b, i]]", gradient, view)
            .with("mode", 0)
            .remark("weighted")
            .input("weight", VALUES, rows, width)
            .input("w", VALUES, index)
            .setting("index", true, Values.integers(0, rows - 1), index)
            .rule(Rule.multilinear(index[1]))
            .applying(in -> Embeddings.embeddingBag(in[0], in[2].value(), in[1])));
  }

  private static OpCase.Builder bagOf(Input.View view, int mode, int rows, int width) {
    String name = MODES[mode].label();
    return of("embedding_bag", "y[b] = reduce of weight[index[b, i]]", "as the reduction's", view)
        .with("mode", mode)
        .remark(name)
        .input("weight", Values.distinct(-2, 2), rows, width);
  }

  private static void bag(
      List<OpCase> cases, Input.View view, int mode, int rows, int width, int bags, int n) {
    cases.add(
        bagOf(view, mode, rows, width)
            .setting("index", true, Values.integers(0, rows - 1), bags, n)
            .rule(Rule.sensitivity(n * bags))
            .applying(in -> Embeddings.embeddingBag(in[0], in[1].value(), MODES[mode])));
  }

  private static void bags(
      List<OpCase> cases, Input.View view, int mode, int[] offsets, int rows, int width, int n) {
    cases.add(
        bagOf(view, mode, rows, width)
            .with("offsets", offsets)
            .setting("index", true, Values.integers(0, rows - 1), n)
            .rule(Rule.sensitivity(n))
            .applying(in -> Embeddings.embeddingBag(in[0], in[1].value(), offsets, MODES[mode])));
  }
}
