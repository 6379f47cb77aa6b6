package org.adjoint.autograd.ops;

import java.util.Arrays;
import org.adjoint.autograd.Graph;
import org.adjoint.autograd.Op;
import org.adjoint.autograd.Variable;
import org.adjoint.autograd.Vjp;
import org.adjoint.kernels.BinaryOp;
import org.adjoint.kernels.Expr;
import org.adjoint.kernels.Expr.Operator;
import org.adjoint.kernels.Kernels;
import org.adjoint.kernels.UnaryOp;
import org.adjoint.tensor.DTypeException;
import org.adjoint.tensor.Shape;
import org.adjoint.tensor.ShapeException;
import org.adjoint.tensor.Tensor;
import org.jspecify.annotations.Nullable;

/** Element-wise operations; operands broadcast by NumPy's rule. */
public final class Elementwise {
  private static final double[] NO_PARAMETERS = {};

  /**
   * The gradients of a function as expressions. They are made once: backends know a compiled loop
   * fastest by the identity of its expression.
   */
  private static final class Rules {
    static final String[] UNARY_NAMES = new String[UnaryOp.values().length];
    static final Expr[] UNARY = new Expr[UNARY_NAMES.length];
    static final Expr[] UNARY_COMPOSED = new Expr[UNARY_NAMES.length];
    static final String[] BINARY_NAMES = new String[BinaryOp.values().length];
    static final Expr[][] BINARY = new Expr[BINARY_NAMES.length][];

    static {
      for (UnaryOp op : UnaryOp.values()) {
        UNARY_NAMES[op.ordinal()] = op.label() + "_vjp";
        // x, y, dy are operands 0, 1, 2.
        UNARY[op.ordinal()] = op.vjp();
        // x, dy are operands 0, 1: y is not saved, so that it can be differentiated again.
        UNARY_COMPOSED[op.ordinal()] = Expr.operand(1).times(op.derivativeFromInputs());
      }
      for (BinaryOp op : BinaryOp.values()) {
        BINARY_NAMES[op.ordinal()] = op.label() + "_vjp";
        if (op.isDifferentiable()) {
          BINARY[op.ordinal()] = new Expr[] {op.vjp(0), op.vjp(1)};
        }
      }
    }

    private Rules() {}
  }

  private Elementwise() {}

  /** Returns f(x) for a function without parameters. */
  public static Variable unary(UnaryOp op, Variable x) {
    return unary(op, x, 0, 0);
  }

  /**
   * Returns f(x; α, β).
   *
   * <p><b>Forward</b> y = {@link UnaryOp#formula}. <b>Backward</b> dx = dy · {@link
   * UnaryOp#derivative}. <b>Shapes</b> y and dx are like x. <b>Saved</b> x and y.
   */
  public static Variable unary(UnaryOp op, Variable x, double alpha, double beta) {
    return Graph.apply(new Unary(op, alpha, beta), x);
  }

  /**
   * Returns f(a, b).
   *
   * <p><b>Forward</b> y = {@link BinaryOp#value}. <b>Backward</b> da = dy · ∂f/∂a, db = dy · ∂f/∂b,
   * each summed over the axes along which the operand was broadcast. <b>Shapes</b> y is the common
   * broadcast shape. <b>Saved</b> a, b and y.
   */
  public static Variable binary(BinaryOp op, Variable a, Variable b) {
    return Graph.apply(op.isDifferentiable() ? new Binary(op) : new Comparison(op), a, b);
  }

  /** Returns a + b. */
  public static Variable add(Variable a, Variable b) {
    return binary(BinaryOp.ADD, a, b);
  }

  /** Returns a − b. */
  public static Variable sub(Variable a, Variable b) {
    return binary(BinaryOp.SUB, a, b);
  }

  /** Returns a · b. */
  public static Variable mul(Variable a, Variable b) {
    return binary(BinaryOp.MUL, a, b);
  }

  /** Returns a / b. */
  public static Variable div(Variable a, Variable b) {
    return binary(BinaryOp.DIV, a, b);
  }

  /**
   * Returns condition ≠ 0 ? a : b, element by element.
   *
   * <p><b>Backward</b> da = condition ≠ 0 ? dy : 0, db = condition ≠ 0 ? 0 : dy. <b>Shapes</b> y is
   * the common broadcast shape. <b>Saved</b> the condition, which gets no gradient.
   */
  public static Variable where(Variable condition, Variable a, Variable b) {
    return Graph.apply(new Where(), condition.detach(), a, b);
  }

  /**
   * Returns x limited to [low, high] element by element; high where low exceeds it.
   *
   * <p><b>Backward</b> dy to x where it lies within the bounds, ends included, else to the bound
   * that was taken. <b>Shapes</b> y is the common broadcast shape. <b>Saved</b> all three.
   */
  public static Variable clamp(Variable x, Variable low, Variable high) {
    return map("clamp", Formulas.CLAMP, NO_PARAMETERS, x, low, high);
  }

  /**
   * Returns a + w·(b − a), from the nearer end, so that w = 1 gives b exactly.
   *
   * <p><b>Backward</b> da = (1 − w)·dy, db = w·dy, dw = (b − a)·dy. <b>Shapes</b> y is the common
   * broadcast shape. <b>Saved</b> all three.
   */
  public static Variable lerp(Variable a, Variable b, Variable w) {
    return map("lerp", Formulas.LERP, NO_PARAMETERS, a, b, w);
  }

  /**
   * Returns t + value·a·b.
   *
   * <p><b>Backward</b> dt = dy, da = value·b·dy, db = value·a·dy. <b>Shapes</b> y is the common
   * broadcast shape. <b>Saved</b> all three.
   */
  public static Variable addcmul(Variable t, Variable a, Variable b, double value) {
    return map("addcmul", Formulas.ADDCMUL, new double[] {value}, t, a, b);
  }

  /**
   * Returns t + value·a/b.
   *
   * <p><b>Backward</b> dt = dy, da = value·dy/b, db = −value·a·dy/b². <b>Shapes</b> y is the common
   * broadcast shape. <b>Saved</b> all three.
   */
  public static Variable addcdiv(Variable t, Variable a, Variable b, double value) {
    return map("addcdiv", Formulas.ADDCDIV, new double[] {value}, t, a, b);
  }

  /**
   * Returns x above 0 and weight·x below.
   *
   * <p><b>Backward</b> dx = dy above 0, else weight·dy; dweight = Σ x·dy where x is not above 0.
   * <b>Shapes</b> x [batch, channels, ..], weight [channels] or [1]. <b>Saved</b> both.
   *
   * @throws org.adjoint.tensor.ShapeException if weight is another shape
   */
  public static Variable prelu(Variable x, Variable weight) {
    int slopes = weight.shape().size();
    int rank = x.shape().rank();
    boolean fits = slopes == 1 || (rank > 1 && slopes == x.shape().dim(1));
    if (weight.shape().rank() != 1 || !fits) {
      throw new ShapeException(
          "prelu", "weight", weight.shape(), "it must be [1], or [channels] of x " + x.shape());
    }
    if (slopes == 1) {
      return map("prelu", Formulas.PRELU, NO_PARAMETERS, x, weight);
    }
    int[] dims = new int[rank - 1];
    Arrays.fill(dims, 1);
    dims[0] = slopes;
    return map("prelu", Formulas.PRELU, NO_PARAMETERS, x, weight.reshape(dims));
  }

  /**
   * Returns a·sigmoid(b) of the halves a and b of x along an axis (Dauphin et al., 2017).
   *
   * <p><b>Backward</b> da = dy·sigmoid(b), db = dy·a·sigmoid′(b). <b>Saved</b> the halves.
   *
   * @throws org.adjoint.tensor.ShapeException if the axis does not exist, or its extent is odd
   */
  public static Variable glu(Variable x, int axis) {
    int a = x.shape().axis("glu", axis);
    int n = x.shape().dim(a);
    if (n % 2 != 0) {
      throw new ShapeException("glu", "x", x.shape(), "axis " + a + " must have two halves");
    }
    return map("glu", Formulas.GATE, NO_PARAMETERS, x.slice(a, 0, n / 2), x.slice(a, n / 2, n));
  }

  /** The expressions of several operands, made once. */
  private static final class Formulas {
    static final Expr A = Expr.operand(0);
    static final Expr B = Expr.operand(1);
    static final Expr C = Expr.operand(2);
    static final Expr VALUE = Expr.parameter(0);
    static final Expr ADDCMUL = Expr.fma(VALUE.times(B), C, A);
    static final Expr ADDCDIV = A.plus(VALUE.times(B.over(C)));
    static final Expr PRELU = Expr.select(A.with(Operator.GT, Expr.constant(0)), A, B.times(A));
    static final Expr GATE = A.times(Expr.apply(Expr.Function.SIGMOID, B));
    static final Expr CLAMP = clamp();
    static final Expr LERP = lerp();

    private Formulas() {}

    private static Expr clamp() {
      Expr raised = Expr.select(A.with(Operator.LT, B), B, A);
      return Expr.select(raised.with(Operator.GT, C), C, raised);
    }

    private static Expr lerp() {
      Expr span = B.minus(A);
      return Expr.select(
          C.with(Operator.LT, Expr.constant(0.5)),
          Expr.fma(C, span, A),
          Expr.fma(C.minus(Expr.constant(1)), span, B));
    }
  }

  /**
   * Returns any element-wise expression of the operands, differentiable to any order by {@link
   * Expr#derivative}.
   *
   * @param name what the op is called in messages and pictures
   * @param f the expression over operands 0 … n−1
   * @param parameters its scalar parameters
   * @param operands the operands
   */
  public static Variable map(String name, Expr f, double[] parameters, Variable... operands) {
    return Graph.apply(new Map(name, f, parameters.clone()), operands.clone());
  }

  private static Tensor result(String op, Tensor... operands) {
    Shape shape = operands[0].shape();
    for (int i = 1; i < operands.length; i++) {
      if (operands[i].dtype() != operands[0].dtype()) {
        throw new DTypeException(
            op,
            "operand " + i,
            operands[i].dtype(),
            "operand 0 is " + operands[0].dtype() + "; convert one of them");
      }
      shape = Shape.broadcast(op, shape, operands[i].shape());
    }
    return Tensor.result(operands[0].device(), operands[0].dtype(), shape);
  }

  private record Unary(UnaryOp op, double alpha, double beta) implements Op.Differentiable {
    @Override
    public String name() {
      return op.label();
    }

    @Override
    public Tensor forward(Kernels kernels, Tensor... inputs) {
      Tensor y = result(name(), inputs);
      kernels.elementwise().unary(op, inputs[0], alpha, beta, y);
      return y;
    }

    @Override
    public @Nullable Variable[] vjp(Vjp v) {
      double[] parameters = op.parameters() == 0 ? NO_PARAMETERS : new double[] {alpha, beta};
      if (v.createGraph()) {
        Expr f = Rules.UNARY_COMPOSED[op.ordinal()];
        String name = Rules.UNARY_NAMES[op.ordinal()];
        return Vjp.gradients(Graph.apply(new Map(name, f, parameters), v.input(0), v.dy()));
      }
      if (op == UnaryOp.ADD_SCALAR) {
        return Vjp.gradients(v.dy());
      }
      Tensor x = v.input(0).value();
      Tensor dx = Vjp.like(x);
      v.kernels()
          .elementwise()
          .map(Rules.UNARY[op.ordinal()], parameters, dx, x, v.output().value(), v.dy().value());
      return Vjp.gradients(Variable.of(dx));
    }
  }

  private record Binary(BinaryOp op) implements Op.Differentiable {
    @Override
    public String name() {
      return op.label();
    }

    @Override
    public Tensor forward(Kernels kernels, Tensor... inputs) {
      Tensor y = result(name(), inputs);
      kernels.elementwise().binary(op, inputs[0], inputs[1], y);
      return y;
    }

    @Override
    public @Nullable Variable[] vjp(Vjp v) {
      return Vjp.gradients(gradient(v, 0), gradient(v, 1));
    }

    private @Nullable Variable gradient(Vjp v, int side) {
      if (!v.needs(side)) {
        return null;
      }
      if (op == BinaryOp.ADD || (op == BinaryOp.SUB && side == 0)) {
        return v.dy();
      }
      Map product =
          new Map(
              Rules.BINARY_NAMES[op.ordinal()], Rules.BINARY[op.ordinal()][side], NO_PARAMETERS);
      return Graph.apply(product, v.input(0), v.input(1), v.dy());
    }
  }

  private record Comparison(BinaryOp op) implements Op.NonDifferentiable {
    @Override
    public String name() {
      return op.label();
    }

    @Override
    public Tensor forward(Kernels kernels, Tensor... inputs) {
      Tensor y = result(name(), inputs);
      kernels.elementwise().binary(op, inputs[0], inputs[1], y);
      return y;
    }
  }

  private record Where() implements Op.Differentiable {
    @Override
    public String name() {
      return "where";
    }

    @Override
    public Tensor forward(Kernels kernels, Tensor... inputs) {
      Tensor y = result(name(), inputs);
      kernels.elementwise().where(inputs[0], inputs[1], inputs[2], y);
      return y;
    }

    @Override
    public @Nullable Variable[] vjp(Vjp v) {
      Tensor nothing = Tensor.result(v.dy().value().device(), v.dy().dtype(), Shape.SCALAR);
      v.kernels().elementwise().fill(0, nothing);
      Variable zero = Variable.of(nothing);
      return Vjp.gradients(
          null,
          v.needs(1) ? where(v.input(0), v.dy(), zero) : null,
          v.needs(2) ? where(v.input(0), zero, v.dy()) : null);
    }
  }

  private record Map(String name, Expr f, double[] parameters) implements Op.Differentiable {
    @Override
    public Tensor forward(Kernels kernels, Tensor... inputs) {
      for (Tensor input : inputs) {
        if (!input.dtype().isFloating()) {
          throw new DTypeException(name, "operand", input.dtype(), "it takes float32 or float64");
        }
      }
      Tensor y = result(name, inputs);
      kernels.elementwise().map(f, parameters, y, inputs);
      return y;
    }

    @Override
    public @Nullable Variable[] vjp(Vjp v) {
      int count = v.count();
      Variable[] operands = Arrays.copyOf(v.inputs(), count + 1);
      operands[count] = v.dy();
      @Nullable Variable[] gradients = new @Nullable Variable[count];
      for (int i = 0; i < count; i++) {
        if (v.needs(i)) {
          Expr product = Expr.operand(count).times(f.derivative(i));
          gradients[i] = map(name + "_vjp", product, parameters, operands);
        }
      }
      return gradients;
    }
  }
}
