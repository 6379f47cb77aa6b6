package org.adjoint.kernels.ptx;

import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** A type of PTX, as declarations and instruction suffixes spell it. */
public enum PtxType {
  /** A predicate. */
  PRED(0, Bank.PRED, 'p'),
  /** Eight bits. */
  B8(1, Bank.INT, 'b'),
  /** Sixteen bits. */
  B16(2, Bank.INT, 'b'),
  /** Thirty-two bits. */
  B32(4, Bank.INT, 'b'),
  /** Sixty-four bits. */
  B64(8, Bank.LONG, 'b'),
  /** An unsigned byte. */
  U8(1, Bank.INT, 'u'),
  /** An unsigned integer of 16 bits. */
  U16(2, Bank.INT, 'u'),
  /** An unsigned integer of 32 bits. */
  U32(4, Bank.INT, 'u'),
  /** An unsigned integer of 64 bits. */
  U64(8, Bank.LONG, 'u'),
  /** A signed byte. */
  S8(1, Bank.INT, 's'),
  /** A signed integer of 16 bits. */
  S16(2, Bank.INT, 's'),
  /** A signed integer of 32 bits. */
  S32(4, Bank.INT, 's'),
  /** A signed integer of 64 bits. */
  S64(8, Bank.LONG, 's'),
  /** IEEE half precision. */
  F16(2, Bank.INT, 'f'),
  /** Two of half precision. */
  F16X2(4, Bank.INT, 'f'),
  /** Brain floating point: the upper half of a single. */
  BF16(2, Bank.INT, 'f'),
  /** Two of brain floating point. */
  BF16X2(4, Bank.INT, 'f'),
  /** A single with 10 bits of fraction, for tensor cores. */
  TF32(4, Bank.INT, 'f'),
  /** IEEE single precision. */
  F32(4, Bank.FLOAT, 'f'),
  /** IEEE double precision. */
  F64(8, Bank.DOUBLE, 'f');

  /** The Java arrays that hold registers. */
  enum Bank {
    PRED,
    INT,
    LONG,
    FLOAT,
    DOUBLE
  }

  private static final Map<String, PtxType> BY_NAME =
      Arrays.stream(values()).collect(Collectors.toUnmodifiableMap(PtxType::toString, t -> t));

  private final int bytes;
  private final Bank bank;
  private final char kind;

  PtxType(int bytes, Bank bank, char kind) {
    this.bytes = bytes;
    this.bank = bank;
    this.kind = kind;
  }

  /** Returns the type of a suffix without its dot, or null if it is none. */
  static @Nullable PtxType named(String suffix) {
    return BY_NAME.get(suffix);
  }

  /** Returns the size in memory; 0 for a predicate. */
  public int bytes() {
    return bytes;
  }

  Bank bank() {
    return bank;
  }

  boolean signed() {
    return kind == 's';
  }

  boolean floating() {
    return kind == 'f';
  }

  /** Returns whether the type says nothing about the meaning of its bits. */
  boolean untyped() {
    return kind == 'b';
  }

  /** Returns the name in PTX, without the dot. */
  @Override
  public String toString() {
    return name().toLowerCase(Locale.ROOT);
  }
}
