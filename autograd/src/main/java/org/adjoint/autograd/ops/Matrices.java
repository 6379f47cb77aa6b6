package org.adjoint.autograd.ops;

import org.adjoint.autograd.Graph;
import org.adjoint.autograd.Op;
import org.adjoint.autograd.Variable;
import org.adjoint.autograd.Vjp;
import org.adjoint.kernels.Backends;
import org.adjoint.kernels.Expr;
import org.adjoint.kernels.Expr.Operator;
import org.adjoint.kernels.Kernels;
import org.adjoint.tensor.Shape;
import org.adjoint.tensor.ShapeException;
import org.adjoint.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** Triangles and diagonals of matrices, and the products of vectors. */
public final class Matrices {
  private static final Expr X = Expr.operand(0);

  /** Column − row, which is 0 on the main diagonal and grows to the right. */
  private static final Expr DIAGONAL = Expr.operand(2).minus(Expr.operand(1));

  private static final Expr ZERO = Expr.constant(0);
  private static final Expr LOWER =
      Expr.select(DIAGONAL.with(Operator.LE, Expr.parameter(0)), X, ZERO);
  private static final Expr UPPER =
      Expr.select(DIAGONAL.with(Operator.GE, Expr.parameter(0)), X, ZERO);

  private Matrices() {}

  /**
   * Returns the elements on and below a diagonal of the last two axes, zeros above.
   *
   * <p><b>Backward</b> dx = tril(dy). <b>Shapes</b> x [.., rows, columns], y like x. <b>Saved</b>
   * nothing of x.
   *
   * @param diagonal 0 the main one, 1 the next above it, −1 the next below
   * @throws ShapeException if x has fewer than two axes
   */
  public static Variable tril(Variable x, int diagonal) {
    return triangle("tril", LOWER, x, diagonal);
  }

  /** Returns the elements on and above a diagonal, zeros below; see {@link #tril}. */
  public static Variable triu(Variable x, int diagonal) {
    return triangle("triu", UPPER, x, diagonal);
  }

  private static Variable triangle(String op, Expr f, Variable x, int diagonal) {
    requireMatrix(op, x);
    Variable rows = range(x.value(), x.shape().dim(-2)).reshape(-1, 1);
    Variable columns = range(x.value(), x.shape().dim(-1));
    return Elementwise.map(op, f, new double[] {diagonal}, x, rows, columns);
  }

  private static void requireMatrix(String op, Variable x) {
    if (x.shape().rank() < 2) {
      throw new ShapeException(op, "x", x.shape(), "it takes matrices: at least two axes");
    }
  }

  /** Returns 0, 1 … n − 1 on the device of a tensor and in its type; a constant. */
  static Variable range(Tensor like, int n) {
    Tensor numbers = Tensor.result(like.device(), like.dtype(), Shape.of(n));
    Kernels kernels = Backends.kernels(like.device());
    kernels.elementwise().fill(1, numbers);
    return Scans.cumsum(Variable.of(numbers), 0).add(-1);
  }

  /** Returns the n × n identity on the device of a tensor and in its type; a constant. */
  static Variable identity(Tensor like, int n) {
    Tensor one = Tensor.result(like.device(), like.dtype(), Shape.of(n));
    Backends.kernels(like.device()).elementwise().fill(1, one);
    return diagEmbed(Variable.of(one));
  }

  /**
   * Returns a diagonal of two axes as the last axis, those two removed; a view.
   *
   * <p><b>Forward</b> y[.., i] = x[.., i, .., i + offset, ..]. <b>Backward</b> dx = 0 except dy on
   * the diagonal. <b>Saved</b> nothing.
   *
   * @param offset 0 the main diagonal, 1 the next above it, −1 the next below
   * @param first axis of the rows
   * @param second axis of the columns
   * @throws ShapeException if the axes are the same, or the diagonal lies outside
   */
  public static Variable diagonal(Variable x, int offset, int first, int second) {
    return Graph.apply(new Diagonal(offset, first, second), x);
  }

  /**
   * Returns matrices with the last axis of x on their main diagonals and zeros elsewhere.
   *
   * <p><b>Backward</b> dx = diagonal(dy). <b>Shapes</b> x [.., n] → [.., n, n]. <b>Saved</b>
   * nothing.
   *
   * @throws ShapeException if x is a scalar
   */
  public static Variable diagEmbed(Variable x) {
    int rank = x.shape().rank();
    Shape square = x.shape().insert(rank, x.shape().dim(-1));
    return Graph.apply(new Undiagonal(square, 0, rank - 1, rank), x);
  }

  /**
   * Returns the sum of the main diagonal of a matrix.
   *
   * <p><b>Backward</b> dx = dy on the diagonal.
   *
   * @throws ShapeException if x is no matrix
   */
  public static Variable trace(Variable x) {
    requireMatrix("trace", x);
    return diagonal(x, 0, -2, -1).sum(-1);
  }

  /**
   * Returns the products of every element of a with every element of b.
   *
   * <p><b>Backward</b> da = dy · b, db = dyᵀ · a. <b>Shapes</b> [m], [n] → [m, n].
   *
   * @throws ShapeException if an operand is not a vector
   */
  public static Variable outer(Variable a, Variable b) {
    requireRank("outer", "a", a, 1, "a vector");
    requireRank("outer", "b", b, 1, "a vector");
    return a.reshape(-1, 1).mul(b);
  }

  /**
   * Returns the sum of the products of two vectors.
   *
   * <p><b>Backward</b> da = dy · b, db = dy · a. <b>Shapes</b> [n], [n] → scalar.
   *
   * @throws ShapeException if an operand is not a vector, or their lengths differ
   */
  public static Variable dot(Variable a, Variable b) {
    requireRank("dot", "a", a, 1, "a vector");
    requireRank("dot", "b", b, 1, "a vector");
    return Matmul.matmul(a, b);
  }

  /**
   * Returns the product of each matrix of a with the one of b at the same place of the batch.
   *
   * <p><b>Shapes</b> [batch, m, k], [batch, k, n] → [batch, m, n]; see {@link Matmul#product}.
   *
   * @throws ShapeException if the shapes do not fit
   */
  public static Variable bmm(Variable a, Variable b) {
    requireRank("bmm", "a", a, 3, "a batch of matrices");
    requireRank("bmm", "b", b, 3, "a batch of matrices");
    return Matmul.product(a, false, b, false);
  }

  private static void requireRank(String op, String name, Variable x, int rank, String what) {
    if (x.shape().rank() != rank) {
      throw new ShapeException(op, name, x.shape(), "it must be " + what);
    }
  }

  private record Diagonal(int offset, int a, int b) implements Op.Differentiable {
    @Override
    public String name() {
      return "diagonal";
    }

    @Override
    public Tensor forward(Kernels kernels, Tensor... inputs) {
      return inputs[0].view(inputs[0].layout().diagonal(offset, a, b));
    }

    @Override
    public @Nullable Variable[] vjp(Vjp v) {
      return Vjp.gradients(Graph.apply(new Undiagonal(v.input(0).shape(), offset, a, b), v.dy()));
    }
  }

  /** The transpose of a diagonal: zeros with the operand laid in. */
  private record Undiagonal(Shape full, int offset, int a, int b) implements Op.Differentiable {
    @Override
    public String name() {
      return "diag_embed";
    }

    @Override
    public Tensor forward(Kernels kernels, Tensor... inputs) {
      Tensor y = Tensor.result(inputs[0].device(), inputs[0].dtype(), full);
      kernels.elementwise().fill(0, y);
      kernels.elementwise().copy(inputs[0], y.view(y.layout().diagonal(offset, a, b)));
      return y;
    }

    @Override
    public @Nullable Variable[] vjp(Vjp v) {
      return Vjp.gradients(Graph.apply(new Diagonal(offset, a, b), v.dy()));
    }
  }
}
