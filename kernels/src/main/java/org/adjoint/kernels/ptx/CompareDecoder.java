package org.adjoint.kernels.ptx;

import java.util.List;
import org.adjoint.kernels.ptx.Lanewise.PredicateResult;
import org.adjoint.kernels.ptx.Lanewise.ToDouble;
import org.adjoint.kernels.ptx.Lanewise.ToFloat;
import org.adjoint.kernels.ptx.Lanewise.ToInt;
import org.adjoint.kernels.ptx.Lanewise.ToLong;
import org.adjoint.kernels.ptx.Lanewise.ToPredicate;
import org.adjoint.kernels.ptx.PtxSyntax.Code;
import org.adjoint.kernels.ptx.PtxSyntax.Operand;
import org.adjoint.kernels.ptx.PtxSyntax.Pair;
import org.adjoint.kernels.ptx.PtxType.Bank;
import org.jspecify.annotations.Nullable;

/** Decodes the comparisons and selections: setp, set, selp, slct. */
final class CompareDecoder {
  private static final int LANES = Instruction.LANES;

  private CompareDecoder() {}

  static void decode(Operands d, Code i) {
    int needed = i.opcode().equals("setp") || i.opcode().equals("set") ? 3 : 4;
    if (i.types().isEmpty() || i.operands().size() < needed || i.operands().size() > 4) {
      throw i.refuse("the instruction", i.text(), "a type or an operand is missing");
    }
    switch (i.opcode()) {
      case "setp" -> setp(d, i);
      case "set" -> set(d, i);
      case "selp" -> select(d, i, false);
      default -> select(d, i, true);
    }
  }

  private static PredicateResult compare(Operands d, Code i) {
    String test = i.modifiers().getFirst();
    PtxType type = i.types().getLast();
    int a = d.in(i.operands().get(1), type);
    int b = d.in(i.operands().get(2), type);
    @Nullable PredicateResult result =
        switch (type.bank()) {
          case INT -> type.floating() ? null : ints(test, type, a, b);
          case LONG -> longs(test, type, a, b);
          case FLOAT -> floats(test, a, b);
          case DOUBLE -> doubles(test, a, b);
          case PRED -> null;
        };
    if (result == null) {
      throw i.refuse("the comparison", i.text(), "PTX has no such test of this type");
    }
    PredicateResult test1 = result;
    if (i.operands().size() == 3) {
      return test1;
    }
    int c = d.in(i.operands().get(3), PtxType.PRED);
    if (i.has("and")) {
      return w -> test1.apply(w) & w.preds[c];
    }
    if (i.has("or")) {
      return w -> test1.apply(w) | w.preds[c];
    }
    if (i.has("xor")) {
      return w -> test1.apply(w) ^ w.preds[c];
    }
    throw i.refuse("the comparison", i.text(), "say .and, .or or .xor for the third source");
  }

  private static void setp(Operands d, Code i) {
    PredicateResult test = compare(d, i);
    if (i.operands().getFirst() instanceof Pair(Operand p, Operand q)) {
      // The second result is the negated test, combined in the same way.
      if (i.operands().size() != 3) {
        throw i.refuse("the results", i.text(), "with a third source one result is known here");
      }
      int yes = d.out(p, PtxType.PRED);
      int no = d.out(q, PtxType.PRED);
      d.emit(
          new Instruction() {
            @Override
            void run(Warp w, int mask) {
              int r = test.apply(w);
              w.preds[yes] = (w.preds[yes] & ~mask) | (r & mask);
              w.preds[no] = (w.preds[no] & ~mask) | (~r & mask);
            }
          });
      return;
    }
    d.emit(new ToPredicate(d.out(i.operands().getFirst(), PtxType.PRED), test));
  }

  private static void set(Operands d, Code i) {
    List<PtxType> types = i.types();
    PtxType result = types.getFirst();
    if (types.size() != 2 || result.bytes() != 4) {
      throw i.refuse(
          "the instruction", i.text(), "expected set.test.u32.type or set.test.f32.type");
    }
    PredicateResult test = compare(d, i);
    int r = d.out(i.operands().getFirst(), result);
    if (result == PtxType.F32) {
      d.emit(
          new ToFloat(
              r,
              (w, t) -> {
                int bits = test.apply(w);
                for (int l = 0; l < LANES; l++) {
                  t[l] = bits >>> l & 1;
                }
              }));
    } else {
      d.emit(
          new ToInt(
              r,
              (w, t) -> {
                int bits = test.apply(w);
                for (int l = 0; l < LANES; l++) {
                  t[l] = -(bits >>> l & 1);
                }
              }));
    }
  }

  private static void select(Operands d, Code i, boolean bySign) {
    PtxType type = bySign ? i.types().getFirst() : i.types().getLast();
    int a = d.in(i.operands().get(1), type);
    int b = d.in(i.operands().get(2), type);
    int p;
    if (bySign) {
      PtxType by = i.types().getLast();
      if (by.bytes() != 4 || i.types().size() != 2) {
        throw i.refuse("the instruction", i.text(), "expected slct.type.s32 or slct.type.f32");
      }
      int c = d.in(i.operands().get(3), by);
      p = d.fresh(Bank.PRED).index();
      d.emit(
          new ToPredicate(
              p,
              by == PtxType.F32
                  ? floatsAtLeast(c, d.constant(Bank.FLOAT, 0))
                  : w -> {
                    int r = 0;
                    for (int l = 0; l < LANES; l++) {
                      r |= ~w.ints[c][l] >>> 31 << l;
                    }
                    return r;
                  }));
    } else {
      p = d.in(i.operands().get(3), PtxType.PRED);
    }
    int r = d.out(i.operands().getFirst(), type);
    d.emit(
        switch (type.bank()) {
          case INT ->
              new ToInt(
                  r,
                  (w, t) -> {
                    int[] x = w.ints[a];
                    int[] y = w.ints[b];
                    int bits = w.preds[p];
                    for (int l = 0; l < LANES; l++) {
                      t[l] = (bits >>> l & 1) != 0 ? x[l] : y[l];
                    }
                  });
          case LONG ->
              new ToLong(
                  r,
                  (w, t) -> {
                    for (int l = 0; l < LANES; l++) {
                      t[l] = (w.preds[p] >>> l & 1) != 0 ? w.longs[a][l] : w.longs[b][l];
                    }
                  });
          case FLOAT ->
              new ToFloat(
                  r,
                  (w, t) -> {
                    float[] x = w.floats[a];
                    float[] y = w.floats[b];
                    int bits = w.preds[p];
                    for (int l = 0; l < LANES; l++) {
                      t[l] = (bits >>> l & 1) != 0 ? x[l] : y[l];
                    }
                  });
          case DOUBLE ->
              new ToDouble(
                  r,
                  (w, t) -> {
                    for (int l = 0; l < LANES; l++) {
                      t[l] = (w.preds[p] >>> l & 1) != 0 ? w.doubles[a][l] : w.doubles[b][l];
                    }
                  });
          case PRED -> throw i.refuse("the type", type, "combine predicates with and, or, not");
        });
  }

  private static PredicateResult floatsAtLeast(int a, int b) {
    PredicateResult result = floats("ge", a, b);
    return result == null ? w -> 0 : result;
  }

  /** Signed tests of unsigned numbers compare with the sign bit flipped. */
  private static @Nullable PredicateResult ints(String test, PtxType type, int a, int b) {
    String name =
        switch (test) {
          case "lo" -> "lt";
          case "ls" -> "le";
          case "hi" -> "gt";
          case "hs" -> "ge";
          default -> test;
        };
    int flip = type.signed() ? 0 : Integer.MIN_VALUE;
    return switch (name) {
      case "eq" ->
          w -> {
            int[] x = w.ints[a];
            int[] y = w.ints[b];
            int r = 0;
            for (int l = 0; l < LANES; l++) {
              r |= (x[l] == y[l] ? 1 : 0) << l;
            }
            return r;
          };
      case "ne" ->
          w -> {
            int[] x = w.ints[a];
            int[] y = w.ints[b];
            int r = 0;
            for (int l = 0; l < LANES; l++) {
              r |= (x[l] != y[l] ? 1 : 0) << l;
            }
            return r;
          };
      case "lt" -> w -> less(w.ints[a], w.ints[b], flip);
      case "gt" -> w -> less(w.ints[b], w.ints[a], flip);
      case "ge" -> w -> ~less(w.ints[a], w.ints[b], flip);
      case "le" -> w -> ~less(w.ints[b], w.ints[a], flip);
      default -> null;
    };
  }

  private static int less(int[] x, int[] y, int flip) {
    int r = 0;
    for (int l = 0; l < LANES; l++) {
      r |= ((x[l] ^ flip) < (y[l] ^ flip) ? 1 : 0) << l;
    }
    return r;
  }

  private static @Nullable PredicateResult longs(String test, PtxType type, int a, int b) {
    long flip = type.signed() ? 0 : Long.MIN_VALUE;
    return switch (test) {
      case "eq" -> w -> equal(w.longs[a], w.longs[b]);
      case "ne" -> w -> ~equal(w.longs[a], w.longs[b]);
      case "lt", "lo" -> w -> less(w.longs[a], w.longs[b], flip);
      case "gt", "hi" -> w -> less(w.longs[b], w.longs[a], flip);
      case "ge", "hs" -> w -> ~less(w.longs[a], w.longs[b], flip);
      case "le", "ls" -> w -> ~less(w.longs[b], w.longs[a], flip);
      default -> null;
    };
  }

  private static int equal(long[] x, long[] y) {
    int r = 0;
    for (int l = 0; l < LANES; l++) {
      r |= (x[l] == y[l] ? 1 : 0) << l;
    }
    return r;
  }

  private static int less(long[] x, long[] y, long flip) {
    int r = 0;
    for (int l = 0; l < LANES; l++) {
      r |= ((x[l] ^ flip) < (y[l] ^ flip) ? 1 : 0) << l;
    }
    return r;
  }

  /** Each test of floats, ordered: false if one is NaN; with u: true if one is NaN. */
  private static @Nullable PredicateResult floats(String test, int a, int b) {
    return switch (test) {
      case "eq" -> w -> equal(w.floats[a], w.floats[b]);
      case "neu" -> w -> ~equal(w.floats[a], w.floats[b]);
      case "lt" -> w -> less(w.floats[a], w.floats[b]);
      case "geu" -> w -> ~less(w.floats[a], w.floats[b]);
      case "gt" -> w -> less(w.floats[b], w.floats[a]);
      case "leu" -> w -> ~less(w.floats[b], w.floats[a]);
      case "le" -> w -> less(w.floats[a], w.floats[b]) | equal(w.floats[a], w.floats[b]);
      case "gtu" -> w -> ~(less(w.floats[a], w.floats[b]) | equal(w.floats[a], w.floats[b]));
      case "ge" -> w -> less(w.floats[b], w.floats[a]) | equal(w.floats[a], w.floats[b]);
      case "ltu" -> w -> ~(less(w.floats[b], w.floats[a]) | equal(w.floats[a], w.floats[b]));
      case "ne" -> w -> less(w.floats[a], w.floats[b]) | less(w.floats[b], w.floats[a]);
      case "equ" -> w -> ~(less(w.floats[a], w.floats[b]) | less(w.floats[b], w.floats[a]));
      case "num" -> w -> equal(w.floats[a], w.floats[a]) & equal(w.floats[b], w.floats[b]);
      case "nan" -> w -> ~(equal(w.floats[a], w.floats[a]) & equal(w.floats[b], w.floats[b]));
      default -> null;
    };
  }

  private static int equal(float[] x, float[] y) {
    int r = 0;
    for (int l = 0; l < LANES; l++) {
      r |= (x[l] == y[l] ? 1 : 0) << l;
    }
    return r;
  }

  private static int less(float[] x, float[] y) {
    int r = 0;
    for (int l = 0; l < LANES; l++) {
      r |= (x[l] < y[l] ? 1 : 0) << l;
    }
    return r;
  }

  private static @Nullable PredicateResult doubles(String test, int a, int b) {
    return switch (test) {
      case "eq" -> w -> equal(w.doubles[a], w.doubles[b]);
      case "neu" -> w -> ~equal(w.doubles[a], w.doubles[b]);
      case "lt" -> w -> less(w.doubles[a], w.doubles[b]);
      case "geu" -> w -> ~less(w.doubles[a], w.doubles[b]);
      case "gt" -> w -> less(w.doubles[b], w.doubles[a]);
      case "leu" -> w -> ~less(w.doubles[b], w.doubles[a]);
      case "le" -> w -> less(w.doubles[a], w.doubles[b]) | equal(w.doubles[a], w.doubles[b]);
      case "ge" -> w -> less(w.doubles[b], w.doubles[a]) | equal(w.doubles[a], w.doubles[b]);
      case "ne" -> w -> less(w.doubles[a], w.doubles[b]) | less(w.doubles[b], w.doubles[a]);
      case "nan" -> w -> ~(equal(w.doubles[a], w.doubles[a]) & equal(w.doubles[b], w.doubles[b]));
      default -> null;
    };
  }

  private static int equal(double[] x, double[] y) {
    int r = 0;
    for (int l = 0; l < LANES; l++) {
      r |= (x[l] == y[l] ? 1 : 0) << l;
    }
    return r;
  }

  private static int less(double[] x, double[] y) {
    int r = 0;
    for (int l = 0; l < LANES; l++) {
      r |= (x[l] < y[l] ? 1 : 0) << l;
    }
    return r;
  }
}
