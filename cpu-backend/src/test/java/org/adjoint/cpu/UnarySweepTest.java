package org.adjoint.cpu;

import static org.junit.jupiter.api.Assertions.fail;

import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.adjoint.kernels.Backend;
import org.adjoint.kernels.Backends;
import org.adjoint.kernels.UnaryOp;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.Tensor;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Float bit patterns of the whole range through every unary kernel, against the reference in
 * float64: arithmetic is correctly rounded, functions stay within 4 ulp, those made of two within
 * 8, and what cancels by its definition stays within the bound that its sum of absolute values
 * allows.
 */
@Tag("sweep")
class UnarySweepTest {
  /** One pattern from every stretch of {@code 2³² / PATTERNS}; a quarter for further alphas. */
  private static final int PATTERNS = 1 << 24;

  /** Patterns of one call. */
  private static final int CHUNK = 1 << 20;

  private static final float[] SPECIAL = {
    0f,
    Float.MIN_VALUE,
    2 * Float.MIN_VALUE,
    Math.nextDown(Float.MIN_NORMAL),
    Float.MIN_NORMAL,
    Math.nextUp(Float.MIN_NORMAL),
    0x1p-24f,
    0.25f,
    0.5f,
    Math.nextDown(0.5f),
    Math.nextDown(1f),
    1f,
    Math.nextUp(1f),
    1.5f,
    2f,
    2.5f,
    (float) (Math.PI / 4),
    (float) (Math.PI / 2),
    (float) Math.PI,
    (float) (2 * Math.PI),
    9f,
    16.635532f,
    87.33655f,
    88.72283f,
    88.72284f,
    103.97208f,
    103.97209f,
    0x1p22f - 0.5f,
    0x1p22f + 0.5f,
    0x1p23f - 0.5f,
    0x1p23f + 1,
    0x1p24f,
    0x1p31f,
    1e10f,
    Float.MAX_VALUE,
    Float.POSITIVE_INFINITY,
    Float.NaN,
    Float.intBitsToFloat(0x7f800001),
    Float.intBitsToFloat(0x7fffffff)
  };

  /** Chunk number {@code chunk} of all patterns, and the special numbers. */
  private static float[] patterns(UnaryOp op, int all, int chunk) {
    float[] x = new float[CHUNK + 2 * SPECIAL.length];
    SplittableRandom random = new SplittableRandom(31L * op.ordinal() + chunk);
    long stretch = (1L << 32) / all;
    for (int i = 0; i < CHUNK; i++) {
      long first = ((long) chunk * CHUNK + i) * stretch;
      x[i] = Float.intBitsToFloat((int) (first + random.nextLong(stretch)));
    }
    for (int i = 0; i < SPECIAL.length; i++) {
      x[CHUNK + 2 * i] = SPECIAL[i];
      x[CHUNK + 2 * i + 1] = -SPECIAL[i];
    }
    return x;
  }

  /** Values of alpha that show the branches of a function; beta, 2, is larger than all of CLAMP. */
  private static double[] alphas(UnaryOp op) {
    return switch (op) {
      case POW_SCALAR -> new double[] {2, 3, -1, 0.5, -0.5, 2.5, 0, 1.0 / 3};
      case ELU, CELU -> new double[] {1, 0.3};
      case LEAKY_RELU -> new double[] {0.01, -0.5};
      case CLAMP, HARDTANH -> new double[] {-1.5, 0};
      case SOFTSHRINK, HARDSHRINK, THRESHOLD -> new double[] {0.5, 0};
      case ADD_SCALAR, MUL_SCALAR -> new double[] {0.3, -1e-30, 1e30};
      default -> new double[] {0};
    };
  }

  @ParameterizedTest
  @EnumSource
  void everyFunctionOverTheWholeRange(UnaryOp op) {
    int all = PATTERNS;
    for (double alpha : alphas(op)) {
      int count = all;
      IntStream.range(0, count / CHUNK)
          .parallel()
          .forEach(chunk -> check(op, alpha, patterns(op, count, chunk)));
      all = PATTERNS / 4;
    }
  }

  private static void check(UnaryOp op, double alpha, float... x) {
    Backend cpu = Backends.get("cpu");
    Backend reference = Backends.get("reference");
    double[] wide = new double[x.length];
    for (int i = 0; i < x.length; i++) {
      wide[i] = x[i];
    }
    Tensor y = Tensor.zeros(cpu, DType.F32, x.length);
    Tensor r = Tensor.zeros(reference, DType.F64, x.length);
    Tensor input = Tensor.of(cpu, x, x.length);
    Tensor exact = Tensor.of(reference, wide, x.length);
    // Scalars have the type of the tensors: the reference takes the float that the kernel takes.
    double a = (float) alpha;
    cpu.kernels().elementwise().unary(op, input, a, 2, y);
    reference.kernels().elementwise().unary(op, exact, a, 2, r);
    compare(op + " with alpha " + alpha, op, x, y.toFloatArray(), r.toDoubleArray());
  }

  private static void compare(String what, UnaryOp op, float[] x, float[] y, double[] r) {
    int wrong = 0;
    StringBuilder examples = new StringBuilder();
    for (int i = 0; i < x.length; i++) {
      if (!allowed(op, x[i], y[i], r[i])) {
        wrong++;
        if (wrong <= 8) {
          examples.append(String.format("%n  f(%s) is %s, not %s", x[i], y[i], r[i]));
        }
      }
    }
    if (wrong > 0) {
      fail(what + " is wrong for " + wrong + " of " + x.length + " numbers:" + examples);
    }
  }

  /** Whether y may stand for the true value r of the function at x. */
  private static boolean allowed(UnaryOp op, float x, float y, double r) {
    float rounded = (float) r;
    if (Float.floatToIntBits(y) == Float.floatToIntBits(rounded)) {
      return true;
    }
    if (Float.isNaN(y) || Float.isNaN(rounded)) {
      return false;
    }
    return switch (op) {
      case NEG,
          ABS,
          SIGN,
          SQRT,
          RECIPROCAL,
          SQUARE,
          RELU,
          LEAKY_RELU,
          FLOOR,
          CEIL,
          ROUND,
          CLAMP,
          TRUNC,
          FRAC,
          RELU6,
          HARDTANH,
          SOFTSHRINK,
          HARDSHRINK,
          THRESHOLD,
          ADD_SCALAR,
          MUL_SCALAR ->
          false;
      case GELU, GELU_TANH -> Math.abs(y - r) <= cancelling(x, r);
      // x + 3 and x − tanh x round in proportion to x, though they may cancel.
      case TANHSHRINK, HARDSIGMOID, HARDSWISH ->
          withinUlp(4, y, r) || Math.abs(y - r) <= 4 * 0x1p-24 * Math.abs(x);
      case EXP,
          EXP2,
          LOG,
          LOG2,
          LOG10,
          LOG1P,
          EXPM1,
          RSQRT,
          SIN,
          COS,
          ATAN,
          ASIN,
          ACOS,
          LOGIT,
          SINH,
          COSH,
          ASINH,
          ACOSH,
          ATANH,
          TANH,
          SIGMOID,
          ELU,
          SELU,
          CELU,
          SILU,
          SOFTPLUS,
          LOGSIGMOID,
          SOFTSIGN,
          ERF,
          ERFC,
          ERFINV,
          POW_SCALAR ->
          withinUlp(4, y, r);
      // A quotient of two functions, and a product of two.
      case TAN, MISH -> withinUlp(8, y, r);
    };
  }

  private static boolean withinUlp(int ulps, float y, double r) {
    float rounded = (float) r;
    if (y == rounded) {
      return false; // zeros of different signs
    }
    if (Float.isInfinite(y) || Float.isInfinite(rounded)) {
      // At the edge of the range the largest floats and infinity are neighbours.
      double edge = Float.MAX_VALUE - (double) ulps * Math.ulp(Float.MAX_VALUE);
      return Math.abs(r) >= edge && Math.abs(y) >= edge && (y > 0) == (r > 0);
    }
    return Math.abs(y - r) <= (double) ulps * Math.ulp(rounded);
  }

  /**
   * 2⁻²⁴·(4·|r| + 4·√2·S) for r = x·(1 + t)/2, where t has the sign of x: the absolute values of
   * the sum's two terms give S = |r| above 0, and below 0, where 1 + t cancels, |x|·(1 + |t|)/2 =
   * |x| − |r|. Half a unit of the smallest float is what rounding to a subnormal takes.
   */
  private static double cancelling(float x, double r) {
    double sum = x > 0 ? Math.abs(r) : Math.abs(x) - Math.abs(r);
    return 0x1p-24 * (4 * Math.abs(r) + 4 * Math.sqrt(2) * sum) + Float.MIN_VALUE / 2.0;
  }
}
