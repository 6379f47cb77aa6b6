package org.adjoint.kernels.ptx;

import org.adjoint.kernels.ptx.Lanewise.ToInt;
import org.adjoint.kernels.ptx.Lanewise.ToLong;
import org.adjoint.kernels.ptx.PtxSyntax.Code;
import org.adjoint.kernels.ptx.PtxSyntax.Immediate;
import org.adjoint.kernels.ptx.PtxType.Bank;

/** Decodes the instructions that move bits about: shifts, fields, permutations, logic of three. */
final class BitDecoder {
  private static final int LANES = Instruction.LANES;

  private BitDecoder() {}

  static boolean decode(Operands d, Code i) {
    if (i.types().isEmpty() || i.operands().size() < 2) {
      throw i.refuse("the instruction", i.text(), "a type or an operand is missing");
    }
    PtxType type = i.types().getLast();
    switch (i.opcode()) {
      case "shl", "shr" -> shift(d, i, type);
      case "brev", "clz", "popc" -> count(d, i, type);
      default -> fields(d, i, type);
    }
    return true;
  }

  private static int source(Operands d, Code i, int index, PtxType type) {
    if (index >= i.operands().size()) {
      throw i.refuse("the number of operands", i.operands().size(), "one is missing");
    }
    return d.in(i.operands().get(index), type);
  }

  /** Shifts by 32 or more give 0, or the sign: PTX clamps where Java wraps. */
  private static void shift(Operands d, Code i, PtxType type) {
    int a = source(d, i, 1, type);
    int b = source(d, i, 2, PtxType.U32);
    boolean left = i.opcode().equals("shl");
    boolean signed = type.signed();
    int r = d.out(i.operands().getFirst(), type);
    if (type.bank() == Bank.LONG) {
      d.emit(
          new ToLong(
              r,
              (w, t) -> {
                long[] x = w.longs[a];
                int[] y = w.ints[b];
                for (int l = 0; l < LANES; l++) {
                  boolean over = y[l] < 0 || y[l] > 63;
                  if (left) {
                    t[l] = over ? 0 : x[l] << y[l];
                  } else if (signed) {
                    t[l] = x[l] >> (over ? 63 : y[l]);
                  } else {
                    t[l] = over ? 0 : x[l] >>> y[l];
                  }
                }
              }));
    } else if (left) {
      d.emit(
          new ToInt(
              r,
              (w, t) -> {
                int[] x = w.ints[a];
                int[] y = w.ints[b];
                for (int l = 0; l < LANES; l++) {
                  t[l] = (y[l] & ~31) != 0 ? 0 : x[l] << y[l];
                }
              }));
    } else if (signed) {
      d.emit(
          new ToInt(
              r,
              (w, t) -> {
                int[] x = w.ints[a];
                int[] y = w.ints[b];
                for (int l = 0; l < LANES; l++) {
                  t[l] = x[l] >> ((y[l] & ~31) != 0 ? 31 : y[l]);
                }
              }));
    } else {
      d.emit(
          new ToInt(
              r,
              (w, t) -> {
                int[] x = w.ints[a];
                int[] y = w.ints[b];
                for (int l = 0; l < LANES; l++) {
                  t[l] = (y[l] & ~31) != 0 ? 0 : x[l] >>> y[l];
                }
              }));
    }
  }

  private static void count(Operands d, Code i, PtxType type) {
    int a = source(d, i, 1, type);
    boolean wide = type.bank() == Bank.LONG;
    if (i.opcode().equals("brev") && wide) {
      int r = d.out(i.operands().getFirst(), type);
      d.emit(
          new ToLong(
              r,
              (w, t) -> {
                for (int l = 0; l < LANES; l++) {
                  t[l] = Long.reverse(w.longs[a][l]);
                }
              }));
      return;
    }
    int r = d.out(i.operands().getFirst(), PtxType.B32);
    String opcode = i.opcode();
    d.emit(
        new ToInt(
            r,
            (w, t) -> {
              for (int l = 0; l < LANES; l++) {
                t[l] =
                    switch (opcode) {
                      case "brev" -> Integer.reverse(w.ints[a][l]);
                      case "clz" ->
                          wide
                              ? Long.numberOfLeadingZeros(w.longs[a][l])
                              : Integer.numberOfLeadingZeros(w.ints[a][l]);
                      default ->
                          wide ? Long.bitCount(w.longs[a][l]) : Integer.bitCount(w.ints[a][l]);
                    };
              }
            }));
  }

  /** Computes an integer from up to four. */
  private interface Fields {
    int apply(int a, int b, int c, int e);
  }

  private static void fields(Operands d, Code i, PtxType type) {
    if (type.bytes() != 4) {
      throw i.refuse("the type", type, "the simulator knows 32 bits here");
    }
    int a = source(d, i, 1, PtxType.B32);
    int b = source(d, i, 2, PtxType.B32);
    int c = source(d, i, 3, PtxType.B32);
    int e = i.operands().size() > 4 ? source(d, i, 4, PtxType.B32) : d.constant(Bank.INT, 0);
    int r = d.out(i.operands().getFirst(), type);
    Fields body = body(i, type);
    d.emit(
        new ToInt(
            r,
            (w, t) -> {
              int[] x = w.ints[a];
              int[] y = w.ints[b];
              int[] z = w.ints[c];
              int[] v = w.ints[e];
              for (int l = 0; l < LANES; l++) {
                t[l] = body.apply(x[l], y[l], z[l], v[l]);
              }
            }));
  }

  private static Fields body(Code i, PtxType type) {
    boolean signed = type.signed();
    boolean wrap = i.has("wrap");
    return switch (i.opcode()) {
      case "bfe" -> (a, b, c, e) -> extract(a, b & 255, c & 255, signed);
      case "bfi" -> (a, b, c, e) -> insert(a, b, c & 255, e & 255);
      case "prmt" -> {
        if (i.modifiers().size() > 1) {
          throw i.refuse("the mode", i.text(), "the simulator knows the mode without a name");
        }
        yield (a, b, c, e) -> permute(a, b, c);
      }
      case "shf" ->
          i.has("l")
              ? (a, b, c, e) ->
                  (int) ((pair(a, b) << (wrap ? c & 31 : Math.min(c & 0xFF, 32))) >>> 32)
              : (a, b, c, e) -> (int) (pair(a, b) >>> (wrap ? c & 31 : Math.min(c & 0xFF, 32)));
      case "lop3" -> {
        if (i.operands().size() != 5 || !(i.operands().get(4) instanceof Immediate)) {
          throw i.refuse("the table", i.text(), "expected a constant");
        }
        yield BitDecoder::logic;
      }
      default -> (a, b, c, e) -> dot(a, b, c, signed);
    };
  }

  private static long pair(int low, int high) {
    return (long) high << 32 | (low & 0xFFFFFFFFL);
  }

  private static int extract(int a, int at, int length, boolean signed) {
    if (length == 0) {
      return 0;
    }
    long value = signed ? a : a & 0xFFFFFFFFL;
    long shifted = value >> Math.min(at, 63);
    if (length >= 32) {
      return (int) shifted;
    }
    long field = shifted & ((1L << length) - 1);
    // The sign is the field's top bit, or the top bit of a if the field leaves it.
    boolean negative = signed && (a >>> Math.min(at + length - 1, 31) & 1) != 0;
    return (int) (negative ? field | -(1L << length) : field);
  }

  private static int insert(int field, int into, int at, int length) {
    if (at > 31 || length == 0) {
      return into;
    }
    int mask = (int) (((1L << Math.min(length, 32)) - 1) << at);
    return (into & ~mask) | (field << at & mask);
  }

  private static int permute(int a, int b, int selector) {
    long bytes = pair(a, b);
    int r = 0;
    for (int k = 0; k < 4; k++) {
      int s = selector >>> 4 * k;
      int value = (int) (bytes >>> 8 * (s & 7)) & 0xFF;
      if ((s & 8) != 0) {
        value = (value & 0x80) != 0 ? 0xFF : 0;
      }
      r |= value << 8 * k;
    }
    return r;
  }

  private static int logic(int a, int b, int c, int table) {
    int r = 0;
    for (int k = 0; k < 8; k++) {
      if ((table >>> k & 1) != 0) {
        r |= ((k & 4) != 0 ? a : ~a) & ((k & 2) != 0 ? b : ~b) & ((k & 1) != 0 ? c : ~c);
      }
    }
    return r;
  }

  private static int dot(int a, int b, int c, boolean signed) {
    int sum = c;
    for (int k = 0; k < 32; k += 8) {
      sum += signed ? (byte) (a >>> k) * (byte) (b >>> k) : (a >>> k & 0xFF) * (b >>> k & 0xFF);
    }
    return sum;
  }
}
