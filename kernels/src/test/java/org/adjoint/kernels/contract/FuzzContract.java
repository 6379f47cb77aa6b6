package org.adjoint.kernels.contract;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import java.util.SplittableRandom;
import org.adjoint.kernels.Backend;
import org.adjoint.kernels.reference.ReferenceBackend;
import org.adjoint.tensor.AdjointException;
import org.adjoint.tensor.DType;
import org.adjoint.tensor.MemoryException;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/**
 * Random calls of every kernel, many with something wrong: the outcome is the reference's result,
 * or the reference's exception and untouched results. {@code -Dadjoint.fuzz.calls=N} sets how many.
 */
public abstract class FuzzContract {
  private static final int CALLS = Integer.getInteger("adjoint.fuzz.calls", 200_000);

  private final ReferenceBackend reference = new ReferenceBackend();

  /** Returns the backend under test. */
  protected abstract Backend backend();

  @Test
  void threeThousandCalls() {
    run(0, 3_000);
  }

  @Test
  @Tag("sweep")
  void allCalls() {
    run(1_000_000, CALLS);
  }

  private void run(int firstSeed, int calls) {
    int refused = 0;
    for (int seed = firstSeed; seed < firstSeed + calls; seed++) {
      RandomCall actual = new RandomCall(new SplittableRandom(seed), backend());
      RandomCall expected = new RandomCall(new SplittableRandom(seed), reference);
      AdjointException a = outcome(seed, actual);
      AdjointException e = outcome(seed, expected);
      String what = "call " + seed + " " + expected;
      if (a == null && e == null) {
        compare(what, actual, expected);
      } else if (a != null && e != null) {
        refused++;
        assertEquals(e.getClass(), a.getClass(), what);
        requireFacts(a, what);
        if (!(e instanceof MemoryException)) {
          assertEquals(e.getMessage(), a.getMessage(), what);
        }
        actual.requireUntouched(what);
      } else {
        fail(what + ": expected " + e + ", but was " + a, a);
      }
    }
    // Both outcomes must be common, or the calls test nothing.
    assertTrue(refused > calls / 10 && refused < calls / 2, refused + " refusals");
  }

  /** An exception names the operation, the argument and the value, and says what to do. */
  private static void requireFacts(AdjointException e, String what) {
    for (String fact : new String[] {e.op(), e.argument(), e.value(), e.remedy()}) {
      assertFalse(fact.isBlank(), () -> what + " threw " + e);
      assertTrue(e.getMessage().contains(fact), () -> what + " threw " + e);
    }
  }

  private static AdjointException outcome(int seed, RandomCall call) {
    try {
      call.run();
      return null;
    } catch (AdjointException e) {
      return e;
    } catch (RuntimeException | Error e) {
      throw new AssertionError("call " + seed + " " + call + " threw " + e, e);
    }
  }

  private static void compare(String what, RandomCall actual, RandomCall expected) {
    assertEquals(expected.results().size(), actual.results().size(), what);
    for (int k = 0; k < expected.results().size(); k++) {
      RandomCall.Result result = expected.results().get(k);
      double[] r = result.tensor().toDoubleArray();
      double[] x = actual.results().get(k).tensor().toDoubleArray();
      double unit =
          switch (result.tensor().dtype()) {
            case F32 -> 0x1p-24;
            case F64 -> 0x1p-53;
            case I32 -> 0;
          };
      double reach = result.exact() ? 0 : unit * 16;
      assertEquals(r.length, x.length, what);
      for (int i = 0; i < r.length; i++) {
        boolean same = Double.compare(x[i], r[i]) == 0 || x[i] == r[i];
        double bound = reach * (Math.abs(r[i]) + result.sum()) + denormal(result, reach);
        // The reference sums and multiplies in double, where what overflows float32 on the way does
        // not: where its result ends beyond float32, a float32 result may be infinity of either
        // sign or NaN, but not a number.
        same |=
            !result.exact()
                && result.tensor().dtype() == DType.F32
                && Double.isInfinite(r[i])
                && !Double.isFinite(x[i]);
        same |= expected.allowsEitherAnomaly() && !Double.isFinite(r[i]) && !Double.isFinite(x[i]);
        if (!same && !(Math.abs(x[i] - r[i]) <= bound)) {
          fail(what + ": result " + k + " at " + i + " is " + x[i] + ", not " + r[i]);
        }
      }
    }
  }

  private static double denormal(RandomCall.Result result, double reach) {
    return reach == 0 || result.tensor().dtype() != DType.F32 ? 0 : 4 * Float.MIN_VALUE;
  }
}
