package org.adjoint.kernels.ptx;

import java.util.List;
import org.adjoint.kernels.ptx.Lanewise.ToDouble;
import org.adjoint.kernels.ptx.Lanewise.ToFloat;
import org.adjoint.kernels.ptx.Lanewise.ToInt;
import org.adjoint.kernels.ptx.Lanewise.ToLong;
import org.adjoint.kernels.ptx.Lanewise.ToPredicate;
import org.adjoint.kernels.ptx.PtxSyntax.Code;
import org.adjoint.kernels.ptx.PtxSyntax.Operand;
import org.adjoint.kernels.ptx.PtxType.Bank;
import org.jspecify.annotations.Nullable;

/** Decodes the instructions that compute a lane from operands of one type. */
final class ArithmeticDecoder {
  private static final List<String> ROUNDINGS =
      List.of("rz", "rm", "rp", "rna", "rni", "rzi", "rmi", "rpi");

  private ArithmeticDecoder() {}

  /** Decodes an instruction, or returns false if it is none of these. */
  static boolean decode(Operands d, Code i) {
    switch (i.opcode()) {
      case "mov", "cvta", "prefetch", "prefetchu", "nanosleep" -> {
        return MoveDecoder.decode(d, i);
      }
      case "cvt" -> ConvertDecoder.decode(d, i);
      case "setp", "set", "selp", "slct" -> CompareDecoder.decode(d, i);
      case "shl", "shr", "bfe", "bfi", "brev", "clz", "popc", "prmt", "shf", "lop3", "dp4a" -> {
        return BitDecoder.decode(d, i);
      }
      case "add",
          "sub",
          "mul",
          "mad",
          "div",
          "rem",
          "min",
          "max",
          "abs",
          "neg",
          "and",
          "or",
          "xor",
          "not",
          "cnot",
          "fma",
          "sqrt",
          "rcp",
          "rsqrt",
          "ex2",
          "lg2",
          "sin",
          "cos",
          "tanh",
          "copysign",
          "addc",
          "subc" ->
          arithmetic(d, i);
      default -> {
        return false;
      }
    }
    return true;
  }

  private static void arithmetic(Operands d, Code i) {
    if (i.types().isEmpty()) {
      throw i.refuse("the instruction", i.text(), "it needs a type");
    }
    for (String modifier : i.modifiers()) {
      if (ROUNDINGS.contains(modifier)) {
        throw i.refuse("the rounding", modifier, "the simulator rounds to nearest (.rn) here");
      }
    }
    PtxType type = i.types().getLast();
    List<Operand> o = i.operands();
    int expected =
        switch (i.opcode()) {
          case "abs",
              "neg",
              "not",
              "cnot",
              "sqrt",
              "rcp",
              "rsqrt",
              "ex2",
              "lg2",
              "sin",
              "cos",
              "tanh" ->
              2;
          case "mad", "fma" -> 4;
          default -> 3;
        };
    if (o.size() != expected) {
      throw i.refuse("the number of operands", o.size(), "expected " + expected);
    }
    switch (type.bank()) {
      case PRED -> predicate(d, i);
      case INT -> {
        if (type.floating()) {
          throw i.refuse("the type", type, "convert to f32, compute, and convert back");
        }
        integer(d, i, type);
      }
      case LONG -> longs(d, i, type);
      case FLOAT -> single(d, i);
      case DOUBLE -> doubles(d, i);
    }
  }

  private static int source(Operands d, Code i, int index, PtxType type) {
    Operand operand = i.operands().get(Math.min(index, i.operands().size() - 1));
    return d.in(operand, type);
  }

  /** Returns the name under which the tables know an integer instruction. */
  private static String name(Code i, PtxType type) {
    String name = i.opcode();
    boolean high = i.has("hi");
    if (i.has("lo") || high) {
      name += high ? ".hi" : ".lo";
    }
    return switch (name) {
      case "mul.hi", "mad.hi", "div", "rem", "min", "max" -> name + (type.signed() ? ".s" : ".u");
      default -> name;
    };
  }

  private static PtxException unknown(Code i) {
    return i.refuse("the instruction", i.text(), "this simulator does not know this form");
  }

  private static void integer(Operands d, Code i, PtxType type) {
    if (i.opcode().endsWith("c") || i.has("cc")) {
      CarryDecoder.decode(d, i, type);
      return;
    }
    if (i.has("wide")) {
      wide(d, i, type);
      return;
    }
    IntOps.@Nullable Body body = IntOps.TABLE.get(name(i, type));
    if (body == null || (i.has("hi") && type.bytes() < 4)) {
      throw unknown(i);
    }
    int a = source(d, i, 1, type);
    int b = source(d, i, 2, type);
    int c = source(d, i, 3, type);
    int r = d.out(i.operands().getFirst(), type);
    if (i.has("sat")) {
      saturated(d, i, r, a, b);
      return;
    }
    d.emit(new ToInt(r, (w, t) -> body.apply(t, w.ints[a], w.ints[b], w.ints[c])));
  }

  private static void saturated(Operands d, Code i, int r, int a, int b) {
    int sign =
        switch (i.opcode()) {
          case "add" -> 1;
          case "sub" -> -1;
          default -> throw unknown(i);
        };
    d.emit(
        new ToInt(
            r,
            (w, t) -> {
              for (int l = 0; l < t.length; l++) {
                t[l] =
                    Math.clamp(
                        w.ints[a][l] + sign * (long) w.ints[b][l],
                        Integer.MIN_VALUE,
                        Integer.MAX_VALUE);
              }
            }));
  }

  private static void wide(Operands d, Code i, PtxType type) {
    int a = source(d, i, 1, type);
    int b = source(d, i, 2, type);
    boolean mad = i.opcode().equals("mad");
    if (type.bytes() == 2) {
      PtxType result = type.signed() ? PtxType.S32 : PtxType.U32;
      int c = mad ? source(d, i, 3, result) : d.constant(Bank.INT, 0);
      IntOps.Body body = IntOps.TABLE.get("mad.lo");
      int r = d.out(i.operands().getFirst(), result);
      d.emit(
          new ToInt(
              r,
              (w, t) ->
                  java.util.Objects.requireNonNull(body)
                      .apply(t, w.ints[a], w.ints[b], w.ints[c])));
      return;
    }
    PtxType result = type.signed() ? PtxType.S64 : PtxType.U64;
    int c = mad ? source(d, i, 3, result) : d.constant(Bank.LONG, 0);
    int r = d.out(i.operands().getFirst(), result);
    long mask = type.signed() ? -1L : 0xFFFFFFFFL;
    d.emit(
        new ToLong(
            r,
            (w, t) -> {
              int[] x = w.ints[a];
              int[] y = w.ints[b];
              long[] z = w.longs[c];
              for (int l = 0; l < Instruction.LANES; l++) {
                t[l] = (x[l] & mask) * (y[l] & mask) + z[l];
              }
            }));
  }

  private static void longs(Operands d, Code i, PtxType type) {
    LongOps.@Nullable Body body = LongOps.TABLE.get(name(i, type));
    if (body == null || i.has("cc") || i.has("sat")) {
      throw unknown(i);
    }
    int a = source(d, i, 1, type);
    int b = source(d, i, 2, type);
    int c = source(d, i, 3, type);
    int r = d.out(i.operands().getFirst(), type);
    d.emit(new ToLong(r, (w, t) -> body.apply(t, w.longs[a], w.longs[b], w.longs[c])));
  }

  private static void single(Operands d, Code i) {
    String name = i.opcode().equals("mad") ? "fma" : i.opcode();
    FloatOps.@Nullable Body known = FloatOps.TABLE.get(i.has("NaN") ? name + ".NaN" : name);
    if (known == null) {
      throw unknown(i);
    }
    needsRounding(i);
    FloatOps.Body body =
        i.has("approx") || i.has("full") ? Approximations.of(i.opcode(), known) : known;
    boolean flush = i.has("ftz");
    boolean clamp = i.has("sat");
    int a = flushed(d, source(d, i, 1, PtxType.F32), flush);
    int b = flushed(d, source(d, i, 2, PtxType.F32), flush);
    int c = flushed(d, source(d, i, 3, PtxType.F32), flush);
    int r = d.out(i.operands().getFirst(), PtxType.F32);
    if (flush || clamp) {
      int full = d.fresh(Bank.FLOAT).index();
      d.emit(new ToFloat(full, (w, t) -> body.apply(t, w.floats[a], w.floats[b], w.floats[c])));
      int rest = flushed(d, full, flush);
      d.emit(
          new ToFloat(
              r,
              (w, t) -> {
                for (int l = 0; l < t.length; l++) {
                  float x = w.floats[rest][l];
                  // NaN becomes +0 under .sat.
                  t[l] = !clamp ? x : x > 0 ? Math.min(x, 1) : 0;
                }
              }));
      return;
    }
    d.emit(new ToFloat(r, (w, t) -> body.apply(t, w.floats[a], w.floats[b], w.floats[c])));
  }

  /** What the assembler asks for: fma, div, sqrt and rcp say how they round. */
  private static void needsRounding(Code i) {
    boolean must =
        switch (i.opcode()) {
          case "fma", "div", "sqrt", "rcp" -> !i.has("rn") && !i.has("approx") && !i.has("full");
          case "ex2", "lg2", "sin", "cos", "tanh", "rsqrt" -> !i.has("approx");
          default -> false;
        };
    if (must) {
      throw i.refuse("the instruction", i.text(), "say how it rounds: .rn or .approx");
    }
  }

  private static int flushed(Operands d, int slot, boolean flush) {
    if (!flush) {
      return slot;
    }
    int target = d.fresh(Bank.FLOAT).index();
    d.emit(
        new ToFloat(
            target,
            (w, t) -> {
              for (int l = 0; l < t.length; l++) {
                float x = w.floats[slot][l];
                t[l] = Math.abs(x) < Float.MIN_NORMAL ? Math.copySign(0f, x) : x;
              }
            }));
    return target;
  }

  private static void doubles(Operands d, Code i) {
    String name = i.opcode().equals("mad") ? "fma" : i.opcode();
    DoubleOps.@Nullable Body body = DoubleOps.TABLE.get(name);
    if (body == null) {
      throw unknown(i);
    }
    needsRounding(i);
    int a = source(d, i, 1, PtxType.F64);
    int b = source(d, i, 2, PtxType.F64);
    int c = source(d, i, 3, PtxType.F64);
    int r = d.out(i.operands().getFirst(), PtxType.F64);
    d.emit(new ToDouble(r, (w, t) -> body.apply(t, w.doubles[a], w.doubles[b], w.doubles[c])));
  }

  private static void predicate(Operands d, Code i) {
    int a = source(d, i, 1, PtxType.PRED);
    int b = source(d, i, 2, PtxType.PRED);
    int r = d.out(i.operands().getFirst(), PtxType.PRED);
    d.emit(
        switch (i.opcode()) {
          case "and" -> new ToPredicate(r, w -> w.preds[a] & w.preds[b]);
          case "or" -> new ToPredicate(r, w -> w.preds[a] | w.preds[b]);
          case "xor" -> new ToPredicate(r, w -> w.preds[a] ^ w.preds[b]);
          case "not" -> new ToPredicate(r, w -> ~w.preds[a]);
          default -> throw unknown(i);
        });
  }
}
