package org.adjoint.autograd.ops;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.adjoint.autograd.Graph;
import org.adjoint.autograd.Op;
import org.adjoint.autograd.Variable;
import org.adjoint.autograd.Vjp;
import org.adjoint.kernels.Kernels;
import org.adjoint.tensor.ArgumentException;
import org.adjoint.tensor.DTypeException;
import org.adjoint.tensor.Shape;
import org.adjoint.tensor.ShapeException;
import org.adjoint.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** Tensors put together of pieces, and taken apart. */
public final class Pieces {
  /** Each piece is an object on the Java heap. */
  private static final int MOST = 1 << 20;

  private Pieces() {}

  private static void requireFew(String op, Variable x, int pieces) {
    if (pieces > MOST) {
      throw new ShapeException(
          op, "x", x.shape(), "it would come in " + pieces + " pieces; " + MOST + " are the most");
    }
  }

  /**
   * Returns tensors one behind the other along an axis.
   *
   * <p><b>Backward</b> each gets its slice of dy. <b>Shapes</b> equal but along the axis, where the
   * extents add up. <b>Saved</b> nothing.
   *
   * @throws ArgumentException if there is no tensor
   * @throws ShapeException if the axis does not exist, or the shapes differ elsewhere
   * @throws DTypeException if the types differ
   */
  public static Variable concat(int axis, Variable... parts) {
    if (parts.length == 0) {
      throw new ArgumentException("concat", "parts", "none", "give at least one tensor");
    }
    return Graph.apply(new Concat(parts[0].shape().axis("concat", axis)), parts.clone());
  }

  /**
   * Returns tensors of one shape as the slices of a new axis.
   *
   * <p><b>Backward</b> each gets its slice of dy. <b>Saved</b> nothing.
   *
   * @param axis where the new axis stands in the result; negative counts from its end
   * @throws ArgumentException if there is no tensor
   * @throws ShapeException if the shapes differ
   */
  public static Variable stack(int axis, Variable... parts) {
    if (parts.length == 0) {
      throw new ArgumentException("stack", "parts", "none", "give at least one tensor");
    }
    Variable[] slices = new Variable[parts.length];
    for (int i = 0; i < parts.length; i++) {
      slices[i] = Views.unsqueeze(parts[i], axis);
    }
    return concat(axis, slices);
  }

  /**
   * Returns views of x cut along an axis into parts of these extents.
   *
   * <p><b>Backward</b> dx = the parts' gradients one behind the other. <b>Saved</b> nothing.
   *
   * @throws ShapeException if the axis does not exist, or the extents do not add up to its extent
   */
  public static List<Variable> split(Variable x, int axis, int... extents) {
    int a = x.shape().axis("split", axis);
    long total = 0;
    for (int e : extents) {
      total += e;
    }
    if (total != x.shape().dim(a)) {
      throw new ShapeException(
          "split",
          "extents",
          Arrays.toString(extents),
          "they must add up to " + x.shape().dim(a) + ", the extent of axis " + a);
    }
    List<Variable> parts = new ArrayList<>();
    int from = 0;
    for (int e : extents) {
      parts.add(Views.slice(x, a, from, from + e, 1));
      from += e;
    }
    return parts;
  }

  /**
   * Returns views of x cut along an axis into {@code count} parts of equal extent, rounded up; the
   * last may be shorter, and there may be fewer.
   *
   * @throws ShapeException if the axis does not exist, or there would be more than 2²⁰ parts
   * @throws ArgumentException if {@code count} is not positive
   */
  public static List<Variable> chunk(Variable x, int count, int axis) {
    if (count < 1) {
      throw new ArgumentException("chunk", "count", count, "it must be at least 1");
    }
    int n = x.shape().dim(x.shape().axis("chunk", axis));
    int extent = Math.max(1, Math.ceilDiv(n, count));
    requireFew("chunk", x, Math.ceilDiv(n, extent));
    int[] extents = new int[Math.max(1, Math.ceilDiv(n, extent))];
    for (int i = 0; i < extents.length; i++) {
      extents[i] = Math.min(extent, n - i * extent);
    }
    return split(x, axis, extents);
  }

  /**
   * Returns the slices of an axis, which disappears.
   *
   * @throws ShapeException if the axis does not exist, or has more than 2²⁰ slices
   */
  public static List<Variable> unbind(Variable x, int axis) {
    int a = x.shape().axis("unbind", axis);
    requireFew("unbind", x, x.shape().dim(a));
    List<Variable> slices = new ArrayList<>();
    for (int i = 0; i < x.shape().dim(a); i++) {
      slices.add(Views.select(x, a, i));
    }
    return slices;
  }

  /**
   * Returns x moved along an axis by {@code shift} places, those that fall off coming back at the
   * other end.
   *
   * <p><b>Backward</b> dx = dy moved back. <b>Saved</b> nothing.
   *
   * @throws ShapeException if the axis does not exist
   */
  public static Variable roll(Variable x, int shift, int axis) {
    int a = x.shape().axis("roll", axis);
    int n = Math.max(1, x.shape().dim(a));
    return Graph.apply(new Roll(a, Math.floorMod(shift, n)), x);
  }

  private record Concat(int axis) implements Op.Differentiable {
    @Override
    public String name() {
      return "concat";
    }

    @Override
    public Tensor forward(Kernels kernels, Tensor... inputs) {
      Tensor first = inputs[0];
      long total = 0;
      for (int i = 0; i < inputs.length; i++) {
        requireLike(first, inputs[i], i);
        total += inputs[i].dim(axis);
      }
      int extent = Tables.extent(name(), "parts", inputs.length, total);
      Shape shape = first.shape().with(axis, extent);
      Tensor y = Tensor.result(first.device(), first.dtype(), shape);
      int from = 0;
      for (Tensor part : inputs) {
        int to = from + part.dim(axis);
        kernels.elementwise().copy(part, y.slice(axis, from, to));
        from = to;
      }
      return y;
    }

    private void requireLike(Tensor first, Tensor part, int number) {
      String argument = "part " + number;
      if (part.dtype() != first.dtype()) {
        throw new DTypeException(
            name(), argument, part.dtype(), "part 0 is " + first.dtype() + "; convert one of them");
      }
      if (part.rank() != first.rank()
          || !part.shape().with(axis, 0).equals(first.shape().with(axis, 0))) {
        throw new ShapeException(
            name(),
            argument,
            part.shape(),
            "it must be like part 0, " + first.shape() + ", but along axis " + axis);
      }
    }

    @Override
    public @Nullable Variable[] vjp(Vjp v) {
      @Nullable Variable[] gradients = new @Nullable Variable[v.count()];
      int from = 0;
      for (int i = 0; i < gradients.length; i++) {
        int to = from + v.input(i).shape().dim(axis);
        if (v.needs(i)) {
          gradients[i] = v.dy().slice(axis, from, to);
        }
        from = to;
      }
      return gradients;
    }
  }

  private record Roll(int axis, int shift) implements Op.Differentiable {
    @Override
    public String name() {
      return "roll";
    }

    @Override
    public Tensor forward(Kernels kernels, Tensor... inputs) {
      Tensor x = inputs[0];
      int n = x.dim(axis);
      Tensor y = Tensor.result(x.device(), x.dtype(), x.shape());
      kernels.elementwise().copy(x.slice(axis, 0, n - shift), y.slice(axis, shift, n));
      kernels.elementwise().copy(x.slice(axis, n - shift, n), y.slice(axis, 0, shift));
      return y;
    }

    @Override
    public @Nullable Variable[] vjp(Vjp v) {
      return Vjp.gradients(roll(v.dy(), -shift, axis));
    }
  }
}
