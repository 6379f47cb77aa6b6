package org.adjoint.autograd.ops;

import java.util.Arrays;
import org.adjoint.autograd.Graph;
import org.adjoint.autograd.Op;
import org.adjoint.autograd.Variable;
import org.adjoint.autograd.Vjp;
import org.adjoint.autograd.capture.Recording;
import org.adjoint.kernels.Backends;
import org.adjoint.kernels.BinaryOp;
import org.adjoint.kernels.Kernels;
import org.adjoint.tensor.ArgumentException;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Shape;
import org.adjoint.tensor.ShapeException;
import org.adjoint.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** Reading and adding at computed places along an axis. */
public final class Indexing {
  private Indexing() {}

  /**
   * Returns y[.., i, ..] = x[.., index[.., i, ..], ..].
   *
   * <p><b>Backward</b> dx = scatterAdd(dy, index). <b>Shapes</b> index is int32 and differs from x
   * along the axis only; y is like index. <b>Saved</b> the index.
   *
   * @throws org.adjoint.tensor.ShapeException if the shapes do not fit, or an index is outside the
   *     axis
   */
  public static Variable gather(Variable x, int axis, Tensor index) {
    return Graph.apply(new Gather(x.shape().axis("gather", axis), Views.compact(index)), x);
  }

  /**
   * Returns zeros of the given extent along the axis, with src added at the indexed places.
   *
   * <p><b>Forward</b> y[.., index[.., i, ..], ..] += src[.., i, ..]. <b>Backward</b> dsrc =
   * gather(dy, index). <b>Shapes</b> index is like src. <b>Saved</b> the index.
   */
  public static Variable scatterAdd(Variable src, int axis, Tensor index, int extent) {
    int a = src.shape().axis("scatter_add", axis);
    return Graph.apply(new ScatterAdd(a, Views.compact(index), extent), src);
  }

  /**
   * Returns x with the elements of src put at the indexed places, the last of equal indices
   * winning.
   *
   * <p><b>Forward</b> y[.., index[.., i, ..], ..] = src[.., i, ..]. <b>Backward</b> dx = dy but 0
   * at the indexed places; dsrc = gather(dy, index), 0 for those that did not win. <b>Shapes</b>
   * index is like src, which may differ from x along the axis only. <b>Saved</b> the index.
   */
  public static Variable scatter(Variable x, int axis, Tensor index, Variable src) {
    int a = x.shape().axis("scatter", axis);
    return Graph.apply(new Scatter(a, Views.compact(index)), x, src);
  }

  /**
   * Returns whole slices of an axis: y[.., i, ..] = x[.., index[i], ..].
   *
   * <p><b>Backward</b> dx = 0 with dy added at the indexed slices. <b>Shapes</b> index is int32
   * with one axis. <b>Saved</b> the index.
   *
   * @throws org.adjoint.tensor.ShapeException if an index is outside the axis
   */
  public static Variable indexSelect(Variable x, int axis, Tensor index) {
    int a = x.shape().axis("index_select", axis);
    return Graph.apply(new IndexSelect(a, Views.compact(index)), x);
  }

  /**
   * Returns x with the slices of src added at the indexed slices of an axis.
   *
   * <p><b>Backward</b> dx = dy, dsrc = index_select(dy, index). <b>Shapes</b> index is int32 with
   * one axis; src is like x but along the axis. <b>Saved</b> the index.
   *
   * @throws org.adjoint.tensor.ShapeException if the shapes do not fit, or an index is outside
   */
  public static Variable indexAdd(Variable x, int axis, Tensor index, Variable src) {
    int a = x.shape().axis("index_add", axis);
    return x.add(indexSum(src, a, index, x.shape().dim(a)));
  }

  /** Returns zeros of an extent along an axis with slices added. */
  static Variable indexSum(Variable src, int axis, Tensor index, int extent) {
    return Graph.apply(new IndexSum(axis, Views.compact(index), extent), src);
  }

  /**
   * Returns {@link #gather} of operands whose other axes are first broadcast to each other.
   *
   * @throws org.adjoint.tensor.ShapeException if they do not broadcast
   */
  public static Variable takeAlongDim(Variable x, Tensor index, int axis) {
    String op = "take_along_dim";
    int a = x.shape().axis(op, axis);
    if (index.rank() != x.shape().rank()) {
      throw new ShapeException(
          op, "index", index.shape(), "it must have as many axes as x, " + x.shape());
    }
    Shape others = Shape.broadcast(op, x.shape().with(a, 1), index.shape().with(a, 1));
    Variable wide = Views.expand(x, others.with(a, x.shape().dim(a)));
    return gather(wide, a, index.expand(others.with(a, index.dim(a))));
  }

  /**
   * Returns value where the mask is not 0, else x.
   *
   * <p><b>Backward</b> dx = dy where the mask is 0, else 0. <b>Shapes</b> the mask, of the type of
   * x, and x broadcast to each other. <b>Saved</b> the mask, which gets no gradient.
   */
  public static Variable maskedFill(Variable x, Variable mask, double value) {
    Variable fill = Variable.of(Tensor.scalar(x.value().device(), x.dtype(), value));
    return Elementwise.where(mask, fill, x);
  }

  /**
   * Returns the elements of x where the mask is not 0, one behind the other.
   *
   * <p><b>Backward</b> dx = dy put back where it was taken, else 0. <b>Shapes</b> x and the mask
   * broadcast to each other → [how many]. <b>Saved</b> the places.
   *
   * @throws ArgumentException in a step that is recorded: how many there are depends on values
   */
  public static Variable maskedSelect(Variable x, Variable mask) {
    String op = "masked_select";
    Shape shape = Shape.broadcast(op, x.shape(), mask.shape());
    Tensor places = places(op, mask.value().expand(shape));
    return indexSelect(Views.reshape(Views.expand(x, shape), Shape.of(shape.size())), 0, places);
  }

  /**
   * Returns x with the first elements of src, in their order, where the mask is not 0.
   *
   * <p><b>Backward</b> dx = dy where the mask is 0, else 0; dsrc = dy where the mask is not, behind
   * it 0. <b>Shapes</b> the mask broadcasts to x. <b>Saved</b> the places.
   *
   * @throws org.adjoint.tensor.ShapeException if src has fewer elements than the mask has places
   * @throws ArgumentException in a step that is recorded: how many there are depends on values
   */
  public static Variable maskedScatter(Variable x, Variable mask, Variable src) {
    String op = "masked_scatter";
    Tensor places = places(op, mask.value().expand(x.shape()));
    int count = places.size();
    if (src.shape().size() < count) {
      throw new ShapeException(
          op, "src", src.shape(), "it must have an element for each of " + count + " places");
    }
    Variable taken = Views.reshape(src, Shape.of(src.shape().size())).slice(0, 0, count);
    Variable flat = Views.reshape(x, Shape.of(x.shape().size()));
    return Views.reshape(scatter(flat, 0, places, taken), x.shape());
  }

  /** The places in row-major order where a mask is not 0. */
  private static Tensor places(String op, Tensor mask) {
    if (Recording.current() != null) {
      throw new ArgumentException(
          op,
          "mask",
          mask.dtype() + " " + mask.shape(),
          "how many elements it takes depends on its values, which a step that is being recorded"
              + " has not; where and masked_fill keep the shape");
    }
    Tensor dense = Views.compact(mask).reshape(Shape.of(mask.size()));
    int count = 0;
    for (Truths all = new Truths(dense); all.next() >= 0; ) {
      count++;
    }
    Truths again = new Truths(dense);
    return Tables.places(mask, count, i -> again.next());
  }

  /** Walks over the places of a vector that are not 0, and reads it a piece at a time. */
  private static final class Truths {
    private final Tensor mask;
    private double[] piece = {};
    private int from;
    private int at;

    Truths(Tensor mask) {
      this.mask = mask;
    }

    /** Returns the next place, or −1 behind the last. */
    int next() {
      while (true) {
        if (at == piece.length) {
          from += at;
          at = 0;
          if (from == mask.size()) {
            return -1;
          }
          int end = from + Math.min(Tables.PIECE, mask.size() - from);
          piece = mask.slice(0, from, end).toDoubleArray();
        }
        if (piece[at++] != 0) {
          return from + at - 1;
        }
      }
    }
  }

  /**
   * Returns 1 where the last axis equals the index, else 0; a constant.
   *
   * @param index int32, each from 0 to classes − 1
   */
  public static Variable oneHot(Tensor index, int classes, DType dtype) {
    Shape shape = index.shape().insert(index.rank(), classes);
    Tensor y = Tensor.result(index.device(), dtype, shape);
    Backends.kernels(index.device()).indexing().oneHot(Views.compact(index), y);
    return Variable.of(y);
  }

  private record Gather(int axis, Tensor index) implements Op.Differentiable {
    @Override
    public String name() {
      return "gather";
    }

    @Override
    public Tensor forward(Kernels kernels, Tensor... inputs) {
      Tensor x = Views.compact(inputs[0]);
      Tensor y = Tensor.result(x.device(), x.dtype(), index.shape());
      kernels.indexing().gather(x, axis, index, y);
      return y;
    }

    @Override
    public @Nullable Variable[] vjp(Vjp v) {
      return Vjp.gradients(scatterAdd(v.dy(), axis, index, v.input(0).shape().dim(axis)));
    }
  }

  private record Scatter(int axis, Tensor index) implements Op.Differentiable {
    @Override
    public String name() {
      return "scatter";
    }

    @Override
    public Tensor forward(Kernels kernels, Tensor... inputs) {
      return put(kernels, inputs[0], inputs[1]);
    }

    private Tensor put(Kernels kernels, Tensor x, Tensor src) {
      Tensor y = Tensor.result(x.device(), x.dtype(), x.shape());
      kernels.elementwise().copy(x, y);
      kernels.indexing().scatter(Views.compact(src), axis, index, y);
      return y;
    }

    @Override
    public @Nullable Variable[] vjp(Vjp v) {
      Tensor x = v.input(0).value();
      Variable zero = Variable.of(Tensor.scalar(x.device(), x.dtype(), 0));
      Variable one = Variable.of(Tensor.scalar(x.device(), x.dtype(), 1));
      Variable dx = null;
      if (v.needs(0)) {
        Tensor zeros = zero.value().expand(index.shape());
        Tensor kept = put(v.kernels(), one.value().expand(x.shape()), zeros);
        dx = Elementwise.where(Variable.of(kept), v.dy(), zero);
      }
      Variable dsrc = null;
      if (v.needs(1)) {
        // Each place remembers which of the elements that were put there was the last.
        int[] dims = new int[index.rank()];
        Arrays.fill(dims, 1);
        dims[axis] = index.dim(axis);
        Variable number = Matrices.range(x, index.dim(axis)).reshape(dims);
        Tensor last =
            put(v.kernels(), zero.value().expand(x.shape()), number.value().expand(index.shape()));
        Variable won =
            Elementwise.binary(BinaryOp.EQ, gather(Variable.of(last), axis, index), number);
        dsrc = Elementwise.where(won, gather(v.dy(), axis, index), zero);
      }
      return Vjp.gradients(dx, dsrc);
    }
  }

  private record IndexSelect(int axis, Tensor index) implements Op.Differentiable {
    @Override
    public String name() {
      return "index_select";
    }

    @Override
    public Tensor forward(Kernels kernels, Tensor... inputs) {
      Tensor x = Views.compact(inputs[0]);
      Tensor y = Tensor.result(x.device(), x.dtype(), x.shape().with(axis, index.size()));
      kernels.indexing().indexSelect(x, axis, index, y);
      return y;
    }

    @Override
    public @Nullable Variable[] vjp(Vjp v) {
      if (axis == 0 && v.rows(0, index, v.dy().value())) {
        return Vjp.gradients((Variable) null);
      }
      return Vjp.gradients(indexSum(v.dy(), axis, index, v.input(0).shape().dim(axis)));
    }
  }

  private record IndexSum(int axis, Tensor index, int extent) implements Op.Differentiable {
    @Override
    public String name() {
      return "index_add";
    }

    @Override
    public Tensor forward(Kernels kernels, Tensor... inputs) {
      Tensor src = Views.compact(inputs[0]);
      if (src.rank() <= axis) {
        throw new ShapeException(
            name(), "src", src.shape(), "it must have as many axes as what it is added to");
      }
      Tensor y = Tensor.result(src.device(), src.dtype(), src.shape().with(axis, extent));
      kernels.elementwise().fill(0, y);
      kernels.indexing().indexAdd(src, axis, index, y);
      return y;
    }

    @Override
    public @Nullable Variable[] vjp(Vjp v) {
      return Vjp.gradients(indexSelect(v.dy(), axis, index));
    }
  }

  private record ScatterAdd(int axis, Tensor index, int extent) implements Op.Differentiable {
    @Override
    public String name() {
      return "scatter_add";
    }

    @Override
    public Tensor forward(Kernels kernels, Tensor... inputs) {
      Tensor src = Views.compact(inputs[0]);
      Tensor y = Tensor.result(src.device(), src.dtype(), src.shape().with(axis, extent));
      kernels.elementwise().fill(0, y);
      kernels.indexing().scatterAdd(src, axis, index, y);
      return y;
    }

    @Override
    public @Nullable Variable[] vjp(Vjp v) {
      return Vjp.gradients(gather(v.dy(), axis, index));
    }
  }
}
