package org.adjoint.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import jdk.incubator.vector.FloatVector;
import org.adjoint.kernels.Expr;
import org.adjoint.kernels.LoopListing;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.DTypeException;
import org.junit.jupiter.api.Test;

/** What a reader sees of a generated loop. */
class LoopListingTest {
  private static final Expr SUM = Expr.operand(0).plus(Expr.operand(1));
  private static final Expr F = SUM.times(SUM).plus(Expr.parameter(0));

  @Test
  void aVectorLoop() {
    LoopCompiler compiler = new LoopCompiler(LoopCompiler.Vectors.of(FloatVector.SPECIES_256));
    LoopListing listing = compiler.listing(F, DType.F32, 2);
    assertEquals(
        """
        // y = (x0 + x1) * (x0 + x1) + p0
        // float32, 8 elements in a vector, 4 vectors a round; about 3 instructions a vector
        // whole vectors
        for (int r = rowFrom; r < rowTo; r++) {
          float[] y = row r of the result, x0 = row r of operand 0;
          float x1 = the element of operand 1 for row r;
          int c = colFrom;
          for (; c < colTo - 31; c += 32) {
            t0 = x0[c … c + 31] + x1;
            y[c … c + 31] = t0 * t0 + p0;
          }
          for (; c < colTo - 7; c += 8) {
            t0 = x0[c … c + 7] + x1;
            y[c … c + 7] = t0 * t0 + p0;
          }
        }
        // what is left of the rows, by the same recipes
        for (int r = rowFrom; r < rowTo; r++) {
          float[] y = row r of the result, x0 = row r of operand 0;
          float x1 = the element of operand 1 for row r;
          int c = colFrom;
          for (; c < colTo; c++) {
            t0 = x0[c] + x1;
            y[c] = t0 * t0 + p0;
          }
        }
        """,
        listing.source());
    String code = listing.instructions();
    assertTrue(code.contains("invokevirtual FloatVector.mul(Vector)FloatVector"), code);
    assertTrue(code.contains("getfield ElementTask.parameters"), code);
    assertTrue(code.contains("fadd"), code);
    assertTrue(code.lines().allMatch(l -> l.matches(" *\\d+: [a-z].*")), code);
  }

  @Test
  void doublesAndLongExpressionsAreScalar() {
    LoopListing doubles = new CpuBackend().kernels().elementwise().describe(F, DType.F64);
    assertTrue(doubles.source().contains("float64, one element at a time"), doubles.source());
    assertTrue(doubles.instructions().contains("dmul"), doubles.instructions());
    Expr many = Expr.x();
    for (int i = 0; i < 60; i++) {
      many = Expr.apply(Expr.Function.TANH, many);
    }
    LoopListing scalar = LoopCompiler.preferred().listing(many, DType.F32, 0);
    assertTrue(scalar.source().contains("one element at a time"), scalar.source());
  }

  @Test
  void integersAreRefused() {
    var e = new CpuBackend().kernels().elementwise();
    assertThrows(DTypeException.class, () -> e.describe(F, DType.I32, true));
  }
}
