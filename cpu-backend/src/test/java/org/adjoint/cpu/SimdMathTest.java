package org.adjoint.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.SplittableRandom;
import java.util.stream.Stream;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorSpecies;
import org.adjoint.kernels.Expr;
import org.adjoint.kernels.Recipes;
import org.adjoint.tensor.DType;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The vector recipes have the bits of the scalar ones, at every width. */
class SimdMathTest {
  static Stream<VectorSpecies<Float>> species() {
    return Stream.of(FloatVector.SPECIES_128, FloatVector.SPECIES_256, FloatVector.SPECIES_512);
  }

  private static FloatVector apply(Expr.Function f, FloatVector x) {
    return switch (f) {
      case NEG -> x.neg();
      case ABS -> x.abs();
      case SQRT -> x.sqrt();
      case SIGN -> SimdMath.sign(x);
      case EXP -> SimdMath.exp(x);
      case EXPM1 -> SimdMath.expm1(x);
      case LOG -> SimdMath.log(x);
      case LOG1P -> SimdMath.log1p(x);
      case SIN -> SimdTrig.sin(x);
      case COS -> SimdTrig.cos(x);
      case ATAN -> SimdTrig.atan(x);
      case TANH -> SimdMath.tanh(x);
      case SIGMOID -> SimdMath.sigmoid(x);
      case ERF -> SimdMath.erf(x);
      case ERFC -> SimdErf.erfc(x);
      case ERFINV -> SimdErf.erfinv(x);
      case FLOOR -> SimdMath.floor(x);
      case CEIL -> SimdMath.ceil(x);
      case ROUND -> SimdMath.round(x);
    };
  }

  private static void assertBits(float expected, float actual, String what) {
    if (Float.floatToIntBits(expected) != Float.floatToIntBits(actual)) {
      assertEquals(expected, actual, what);
    }
  }

  @ParameterizedTest
  @MethodSource("species")
  void directCallsHaveTheBitsOfTheRecipes(VectorSpecies<Float> species) {
    SplittableRandom random = new SplittableRandom(1);
    float[] x = new float[species.length()];
    for (int round = 0; round < 2000; round++) {
      for (int i = 0; i < x.length; i++) {
        x[i] =
            round % 2 == 0
                ? Float.intBitsToFloat(random.nextInt())
                : (float) random.nextDouble(-9, 9);
      }
      FloatVector v = FloatVector.fromArray(species, x, 0);
      FloatVector power = SimdPow.pow(v, FloatVector.broadcast(species, 2.5f));
      for (int i = 0; i < x.length; i++) {
        assertBits(Recipes.pow(x[i], 2.5f), power.lane(i), "pow of " + x[i]);
      }
      for (Expr.Function f : Expr.Function.values()) {
        FloatVector y = apply(f, v);
        for (int i = 0; i < x.length; i++) {
          assertBits(Recipes.apply(f, x[i]), y.lane(i), f + " of " + x[i]);
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("species")
  void normalNumbersHaveTheBitsOfTheRecipe(VectorSpecies<Float> species) {
    VectorSpecies<Integer> ints = species.withLanes(int.class);
    SplittableRandom random = new SplittableRandom(2);
    int[] a = new int[ints.length()];
    int[] b = new int[ints.length()];
    for (int round = 0; round < 2000; round++) {
      for (int i = 0; i < a.length; i++) {
        a[i] = random.nextInt();
        b[i] = random.nextInt();
      }
      IntVector va = IntVector.fromArray(ints, a, 0);
      IntVector vb = IntVector.fromArray(ints, b, 0);
      FloatVector first = SimdTrig.normal(va, vb, false);
      FloatVector second = SimdTrig.normal(va, vb, true);
      for (int i = 0; i < a.length; i++) {
        assertBits(Recipes.normal(a[i], b[i], false), first.lane(i), "first");
        assertBits(Recipes.normal(a[i], b[i], true), second.lane(i), "second");
      }
    }
  }

  /** Every {@code step}-th of the 2³² floats through a compiled loop. */
  private static void sweep(Expr.Function f, int step) {
    ElementLoop loop = LoopCompiler.preferred().loop(Expr.apply(f, Expr.operand(0)), DType.F32, 0);
    float[] x = new float[4099];
    float[] y = new float[x.length];
    ElementTask task = new ElementTask(loop, 2).slot(0, y, 0, 0).slot(1, x, 0, 0);
    long bits = 0;
    while (bits < 1L << 32) {
      for (int i = 0; i < x.length; i++) {
        x[i] = Float.intBitsToFloat((int) bits);
        bits += step;
      }
      loop.run(task, 0, 1, 0, x.length);
      for (int i = 0; i < x.length; i++) {
        assertBits(Recipes.apply(f, x[i]), y[i], f + " of " + x[i]);
      }
    }
  }

  @Test
  void compiledLoopsHaveTheBitsOfTheRecipes() {
    for (Expr.Function f : Expr.Function.values()) {
      sweep(f, 32_749);
    }
  }

  @Tag("sweep")
  @Test
  void compiledLoopsHaveTheBitsOfTheRecipesOverSixteenMillionPatterns() {
    for (Expr.Function f : Expr.Function.values()) {
      sweep(f, 251);
    }
  }
}
