package org.adjoint.autograd.check;

import java.util.List;
import org.adjoint.autograd.ops.Elementwise;
import org.adjoint.autograd.ops.Logic;
import org.adjoint.kernels.BinaryOp;
import org.adjoint.kernels.Expr;
import org.adjoint.kernels.Expr.Function;
import org.adjoint.kernels.Expr.Operator;
import org.adjoint.kernels.UnaryOp;
import org.adjoint.tensor.Shape;

/** Cases of the element-wise family: every constant of the enums, where, and free expressions. */
final class ElementwiseCases {
  private static final int[][] SHAPES = {
    {}, {1}, {3}, {7}, {8}, {13}, {15}, {16}, {17}, {31}, {33}, {0}, {2, 0, 3}, {2, 3}, {2, 3, 4},
    {207}, {1000}, {4098}
  };

  private static final int[][][] PAIRS = {
    {{}, {}},
    {{3}, {3}},
    {{3}, {}},
    {{}, {3}},
    {{1}, {4}},
    {{2, 3}, {3}},
    {{2, 3}, {2, 1}},
    {{2, 1}, {1, 3}},
    {{2, 3, 4}, {3, 1}},
    {{3, 1}, {2, 1, 4}},
    {{4}, {2, 3, 4}},
    {{2, 1, 3, 1}, {4, 1, 2}},
    {{0}, {0}},
    {{0}, {1}},
    {{2, 0, 3}, {3}},
    {{7}, {7}},
    {{17}, {17}},
    {{33}, {1}},
    {{13, 31}, {31}},
    {{1000}, {1000}}
  };

  private ElementwiseCases() {}

  static void add(List<OpCase> cases) {
    for (UnaryOp op : UnaryOp.values()) {
      for (int[] shape : SHAPES) {
        cases.add(unary(op, Input.View.DENSE, shape));
      }
      cases.add(unary(op, Input.View.STRIDED, 5));
      cases.add(unary(op, Input.View.STRIDED, 3, 4));
      cases.add(unary(op, Input.View.REVERSED, 3, 4));
      cases.add(unary(op, Input.View.REVERSED, 2, 3, 4));
    }
    for (BinaryOp op : BinaryOp.values()) {
      for (int[][] pair : PAIRS) {
        cases.add(binary(op, Input.View.DENSE, pair[0], pair[1]));
      }
      cases.add(binary(op, Input.View.STRIDED, new int[] {5}, new int[] {5}));
      cases.add(binary(op, Input.View.STRIDED, new int[] {2, 3}, new int[] {3}));
      cases.add(binary(op, Input.View.REVERSED, new int[] {2, 3}, new int[] {2, 3}));
      cases.add(binary(op, Input.View.REVERSED, new int[] {3, 4}, new int[] {4}));
    }
    where(cases);
    blends(cases);
    gates(cases);
    predicates(cases);
    maps(cases);
  }

  /** The range of values of each function: all of it that matters, without its kinks. */
  private static Values range(UnaryOp op) {
    return switch (op) {
      case ABS, SIGN, RELU, LEAKY_RELU, ELU, SELU, CELU, SOFTSIGN ->
          Values.avoiding(0.05, -3, 3, 0);
      case LOG, LOG2, LOG10, SQRT, RSQRT, POW_SCALAR -> Values.between(0.25, 4);
      case LOG1P -> Values.between(-0.7, 4);
      case RECIPROCAL -> Values.avoiding(0.3, -3, 3, 0);
      case FLOOR, CEIL, ROUND, TRUNC, FRAC -> Values.offGrid();
      case CLAMP, HARDTANH -> Values.avoiding(0.05, -3, 3, -1.25, 1.5);
      case RELU6 -> Values.avoiding(0.05, -2, 8, 0, 6);
      case HARDSIGMOID, HARDSWISH -> Values.avoiding(0.05, -5, 5, -3, 3);
      case SOFTSHRINK, HARDSHRINK -> Values.avoiding(0.05, -3, 3, -0.75, 0.75);
      case THRESHOLD -> Values.avoiding(0.05, -3, 3, 0.5);
      case ASIN, ACOS -> Values.between(-0.875, 0.875);
      case LOGIT -> Values.between(0.1, 0.9);
      case TAN -> Values.between(-1.25, 1.25);
      case ACOSH -> Values.between(1.25, 4);
      case ATANH, ERFINV -> Values.between(-0.875, 0.875);
      case SIN, COS -> Values.between(-7, 7);
      case NEG,
          EXP,
          EXP2,
          EXPM1,
          SQUARE,
          ATAN,
          SINH,
          COSH,
          ASINH,
          TANH,
          TANHSHRINK,
          SIGMOID,
          GELU,
          GELU_TANH,
          SILU,
          MISH,
          SOFTPLUS,
          LOGSIGMOID,
          ERF,
          ERFC,
          ADD_SCALAR,
          MUL_SCALAR ->
          Values.between(-3, 3);
    };
  }

  private static double alpha(UnaryOp op) {
    return switch (op) {
      case LEAKY_RELU -> 0.125;
      case ELU -> 1.25;
      case POW_SCALAR -> 2.5;
      case CELU -> 1.5;
      case CLAMP, HARDTANH -> -1.25;
      case SOFTSHRINK, HARDSHRINK -> 0.75;
      case THRESHOLD -> 0.5;
      case ADD_SCALAR -> 0.75;
      case MUL_SCALAR -> -1.75;
      default -> 0;
    };
  }

  private static OpCase unary(UnaryOp op, Input.View view, int... shape) {
    double alpha = alpha(op);
    double beta =
        switch (op) {
          case CLAMP, HARDTANH -> 1.5;
          case THRESHOLD -> -2;
          default -> 0;
        };
    OpCase.Builder b =
        OpCase.of(op.label(), op.formula(), op.gradient()).note(op.domain()).recorded();
    if (op.parameters() > 0) {
      b.with("alpha", alpha);
    }
    if (op.parameters() > 1) {
      b.with("beta", beta);
    }
    return b.view(view)
        .input("x", range(op), shape)
        .rule(Rule.of(op, alpha, beta))
        .applying(in -> Elementwise.unary(op, in[0], alpha, beta));
  }

  /** Two of the functions bear the names of reductions; PyTorch's names tell them apart. */
  static String name(BinaryOp op) {
    return switch (op) {
      case MAX -> "maximum";
      case MIN -> "minimum";
      default -> op.label();
    };
  }

  private static Values range(BinaryOp op, int side) {
    return switch (op) {
      case ADD, SUB, MUL -> Values.between(-2, 2);
      case DIV -> side == 0 ? Values.between(-2, 2) : Values.avoiding(0.5, -3, 3, 0);
      case POW -> side == 0 ? Values.between(0.25, 3) : Values.between(-2, 2);
      case MAX, MIN, LOGADDEXP -> Values.cells(side, -2, 2);
      // Quotients stay away from whole numbers.
      case FMOD, REMAINDER, FLOOR_DIVIDE ->
          side == 0 ? Values.offGrid() : Values.listed(0.5, -1, 1.5, 2.5, -0.5, 1, -2.5);
      // Powers of two, whose quotients are exact.
      case COPYSIGN ->
          side == 0 ? Values.listed(0.5, -1, 2, -0.25, 4) : Values.avoiding(0.25, -3, 3, 0);
      case HYPOT, ATAN2 -> Values.avoiding(0.25, -3, 3, 0);
      case XLOGY -> side == 0 ? Values.between(-2, 2) : Values.between(0.25, 3);
      // Small integers, so that both answers and ties occur.
      case EQ, NE, LT, LE, GT, GE -> Values.integers(-2, 2);
      case LOGICAL_AND, LOGICAL_OR, LOGICAL_XOR -> Values.integers(-1, 1);
      case BCE_LOGITS -> side == 0 ? Values.avoiding(0.05, -4, 4, 0) : Values.between(0.05, 0.95);
    };
  }

  private static OpCase binary(BinaryOp op, Input.View view, int[] a, int[] b) {
    OpCase.Builder c =
        OpCase.of(name(op), op.formula(), op.gradient()).note(op.domain()).view(view);
    // Of equal shapes, the recorded second derivative is a difference of equal numbers.
    if (op != BinaryOp.LOGADDEXP || a.length != b.length) {
      c.recorded();
    }
    if (op.isDifferentiable()) {
      c.input("a", range(op, 0), a).input("b", range(op, 1), b);
    } else {
      c.plain("a", range(op, 0), a).plain("b", range(op, 1), b);
    }
    return c.rule(Rule.of(op)).applying(in -> Elementwise.binary(op, in[0], in[1]));
  }

  private static void where(List<OpCase> cases) {
    int[][][] shapes = {
      {{}, {}, {}},
      {{3}, {3}, {3}},
      {{2, 3}, {3}, {2, 1}},
      {{3}, {2, 3}, {2, 3}},
      {{2, 1}, {1, 3}, {}},
      {{4, 1, 1}, {3, 1}, {2}},
      {{0}, {0}, {0}},
      {{17}, {17}, {17}},
      {{33}, {1}, {33}},
      {{13, 31}, {31}, {13, 31}},
      {{1000}, {1000}, {1000}}
    };
    for (Input.View view : Input.View.values()) {
      for (int[][] s : shapes) {
        if (view == Input.View.DENSE || s[0].length == 2) {
          cases.add(
              OpCase.of(
                      "where",
                      "y = condition != 0 ? a : b",
                      "da = condition != 0 ? dy : 0, db = condition != 0 ? 0 : dy")
                  .recorded()
                  .view(view)
                  .plain("condition", Values.integers(0, 1), s[0])
                  .input("a", Values.between(-2, 2), s[1])
                  .input("b", Values.between(-2, 2), s[2])
                  .rule(Rule.exact())
                  .applying(in -> Elementwise.where(in[0], in[1], in[2])));
        }
      }
    }
  }

  /** The functions of three tensors. */
  private static void blends(List<OpCase> cases) {
    int[][][] shapes = {
      {{}, {}, {}},
      {{3}, {3}, {3}},
      {{2, 3}, {3}, {2, 1}},
      {{4, 1, 1}, {3, 1}, {2}},
      {{0}, {0}, {0}},
      {{33}, {33}, {1}}
    };
    Values any = Values.between(-2, 2);
    for (Input.View view : Input.View.values()) {
      for (int[][] s : shapes) {
        if (view == Input.View.DENSE || s[0].length == 2) {
          cases.add(
              OpCase.of("clamp", "y = min(max(x, low), high)", "dx = dy where low <= x <= high")
                  .recorded()
                  .view(view)
                  .input("x", Values.avoiding(0.1, -3, 3, -1, 1.5), s[0])
                  .input("low", Values.listed(-1), s[1])
                  .input("high", Values.listed(1.5), s[2])
                  .rule(Rule.exact())
                  .applying(in -> Elementwise.clamp(in[0], in[1], in[2])));
          cases.add(
              OpCase.of("lerp", "y = a + w * (b - a)", "da = (1 - w) * dy, db = w * dy")
                  .recorded()
                  .view(view)
                  .input("a", any, s[0])
                  .input("b", any, s[1])
                  .input("w", Values.avoiding(0.01, -0.25, 1.25, 0.5), s[2])
                  .applying(in -> Elementwise.lerp(in[0], in[1], in[2])));
          cases.add(
              OpCase.of("addcmul", "y = t + value * a * b", "dt = dy, da = value * b * dy")
                  .recorded()
                  .with("value", 0.75)
                  .view(view)
                  .input("t", any, s[0])
                  .input("a", any, s[1])
                  .input("b", any, s[2])
                  .applying(in -> Elementwise.addcmul(in[0], in[1], in[2], 0.75)));
          cases.add(
              OpCase.of("addcdiv", "y = t + value * a / b", "dt = dy, da = value * dy / b")
                  .recorded()
                  .with("value", -1.5)
                  .view(view)
                  .input("t", any, s[0])
                  .input("a", any, s[1])
                  .input("b", Values.avoiding(0.5, -3, 3, 0), s[2])
                  .applying(in -> Elementwise.addcdiv(in[0], in[1], in[2], -1.5)));
        }
      }
    }
  }

  /** Truth values of one tensor, and numbers in the place of NaN. */
  private static void predicates(List<OpCase> cases) {
    double infinity = Double.POSITIVE_INFINITY;
    Values special = Values.listed(1.5, Double.NaN, -infinity, 0, infinity, -2);
    String nothing = "none";
    for (Input.View view : Input.View.values()) {
      for (int[] s : new int[][] {{}, {6}, {2, 3}, {0}, {33}}) {
        cases.add(
            OpCase.of("logical_not", "y = x == 0", nothing)
                .recorded()
                .view(view)
                .plain("x", Values.integers(-1, 1), s)
                .rule(Rule.exact())
                .applying(in -> Logic.logicalNot(in[0])));
        cases.add(
            OpCase.of("is_nan", "y = x != x", nothing)
                .recorded()
                .view(view)
                .plain("x", special, s)
                .rule(Rule.exact())
                .applying(in -> Logic.isNan(in[0])));
        cases.add(
            OpCase.of("is_inf", "y = |x| == inf", nothing)
                .recorded()
                .view(view)
                .plain("x", special, s)
                .rule(Rule.exact())
                .applying(in -> Logic.isInf(in[0])));
        cases.add(
            OpCase.of("is_finite", "y = |x| < inf", nothing)
                .recorded()
                .view(view)
                .plain("x", special, s)
                .rule(Rule.exact())
                .applying(in -> Logic.isFinite(in[0])));
        for (boolean finite : new boolean[] {true, false}) {
          OpCase.Builder b =
              OpCase.of(
                      "nan_to_num",
                      "y = x, a number if that is NaN or infinite",
                      "dx = dy where x is finite, else 0")
                  .recorded()
                  .remark(finite ? "finite" : "special")
                  .view(view);
          cases.add(
              (finite ? b.input("x", Values.between(-2, 2), s) : b.plain("x", special, s))
                  .rule(Rule.exact())
                  .applying(in -> Logic.nanToNum(in[0], 0.5, 4, -8)));
        }
      }
    }
  }

  /** Rectifiers with learned slopes, and gated halves. */
  private static void gates(List<OpCase> cases) {
    int[][][] slopes = {{{3}, {1}}, {{2, 3}, {3}}, {{2, 3, 4}, {3}}, {{2, 3, 4}, {1}}, {{17}, {1}}};
    int[][][] halves = {{{4}, {0}}, {{3, 2}, {-1}}, {{2, 6, 2}, {1}}, {{34}, {0}}, {{0}, {0}}};
    for (Input.View view : Input.View.values()) {
      for (int[][] s : slopes) {
        cases.add(
            OpCase.of(
                    "prelu",
                    "y = x > 0 ? x : weight * x",
                    "dx = x > 0 ? dy : weight * dy, dweight = sum(x > 0 ? 0 : x * dy)")
                .note("at 0 the gradient is weight * dy")
                .recorded()
                .view(view)
                .input("x", Values.avoiding(0.05, -3, 3, 0), s[0])
                .input("weight", Values.between(0.1, 0.5), s[1])
                .rule(Rule.sensitivity(Shape.of(s[0]).size()))
                .applying(in -> Elementwise.prelu(in[0], in[1])));
      }
      for (int[][] s : halves) {
        int axis = s[1][0];
        cases.add(
            OpCase.of(
                    "glu", "y = a * sigmoid(b)", "da = dy * sigmoid(b), db = dy * a * sigmoid'(b)")
                .recorded()
                .with("axis", axis)
                .view(view)
                .input("x", Values.between(-3, 3), s[0])
                .applying(in -> Elementwise.glu(in[0], axis)));
      }
    }
  }

  private static void maps(List<OpCase> cases) {
    Expr x = Expr.operand(0);
    Expr y = Expr.operand(1);
    Expr z = Expr.operand(2);
    Expr p = Expr.parameter(0);
    // mish, a hypot with an offset, a fused multiply-add with a guarded quotient
    Expr softplus = Expr.apply(Function.LOG1P, Expr.apply(Function.EXP, x));
    Expr mish = x.times(Expr.apply(Function.TANH, softplus));
    Expr hypot =
        Expr.apply(Function.SQRT, Expr.fma(x, x, y.times(y)).plus(Expr.constant(1))).times(p);
    Expr guarded =
        Expr.select(
            z.with(Operator.GT, Expr.constant(0)),
            Expr.fma(x, y, z),
            x.over(z).with(Operator.MAX, y.minus(Expr.constant(4))));
    int[][] shapes = {{}, {3}, {8}, {2, 3}, {0}, {33}, {207}};
    for (int[] s : shapes) {
      cases.add(map("mish", mish, s));
      cases.add(map("hypot", hypot, s, s));
      cases.add(map("guarded", guarded, s, s, s));
    }
    cases.add(map("hypot", hypot, new int[] {2, 3}, new int[] {3}));
    cases.add(map("hypot", hypot, new int[] {2, 1}, new int[] {4, 1, 3}));
    cases.add(map("guarded", guarded, new int[] {2, 3}, new int[] {3}, new int[] {2, 1}));
    cases.add(map("guarded", guarded, new int[] {}, new int[] {5}, new int[] {4, 1}));
  }

  private static OpCase map(String which, Expr f, int[]... shapes) {
    double[] parameters = {1.5};
    OpCase.Builder b =
        OpCase.of("map", "y = f(operands; parameters) for any expression f", "dx_i = dy * df/dx_i")
            .remark(which)
            .recorded()
            .elementwise(f, parameters);
    String[] names = {"x", "y", "z"};
    for (int i = 0; i < shapes.length; i++) {
      b.input(names[i], Values.avoiding(0.5, -2, 2, 0), shapes[i]);
    }
    return b.applying(in -> Elementwise.map(which, f, parameters, in));
  }
}
