package org.adjoint.layers.io;

import java.nio.ByteBuffer;
import org.adjoint.tensor.DType;
import org.jspecify.annotations.Nullable;

/**
 * The element types of files and what they become: half floats float32, whole numbers and truth
 * values int32. Every conversion is exact; a whole number that int32 cannot hold is refused.
 */
enum ElementType {
  F64(8, DType.F64, "f8"),
  F32(4, DType.F32, "f4"),
  F16(2, DType.F32, "f2"),
  /** The upper half of a float32; NumPy has no such type. */
  BF16(2, DType.F32, ""),
  I64(8, DType.I32, "i8"),
  I32(4, DType.I32, "i4"),
  I16(2, DType.I32, "i2"),
  I8(1, DType.I32, "i1"),
  U64(8, DType.I32, "u8"),
  U32(4, DType.I32, "u4"),
  U16(2, DType.I32, "u2"),
  U8(1, DType.I32, "u1"),
  BOOL(1, DType.I32, "b1");

  /** What messages name. */
  static final String KNOWN =
      "F64, F32, F16, BF16, I64, I32, I16, I8, U64, U32, U16, U8 and BOOL can be read; convert it"
          + " before saving";

  private final int bytes;
  private final DType dtype;
  private final String numpy;

  ElementType(int bytes, DType dtype, String numpy) {
    this.bytes = bytes;
    this.dtype = dtype;
    this.numpy = numpy;
  }

  /** The size of one element in the file. */
  int bytes() {
    return bytes;
  }

  /** The type in memory. */
  DType dtype() {
    return dtype;
  }

  /** The name in NumPy's descr, without the byte order. */
  String numpy() {
    return numpy;
  }

  /** The type of a tensor's elements, which need no conversion. */
  static ElementType of(DType dtype) {
    return valueOf(dtype.name());
  }

  /** The type of this safetensors name, or null. */
  static @Nullable ElementType named(String name) {
    for (ElementType t : values()) {
      if (t.name().equals(name)) {
        return t;
      }
    }
    return null;
  }

  /** The type of this NumPy name without byte order, or null. */
  static @Nullable ElementType ofNumpy(String name) {
    for (ElementType t : values()) {
      if (!name.isEmpty() && t.numpy.equals(name)) {
        return t;
      }
    }
    return null;
  }

  /** An array of the type in memory. */
  Object array(int length) {
    return switch (dtype) {
      case F32 -> new float[length];
      case F64 -> new double[length];
      case I32 -> new int[length];
    };
  }

  /** Writes n elements, of a type that needs no conversion, from the start of an array. */
  void encode(Object array, ByteBuffer to, int n) {
    switch (dtype) {
      case F32 -> to.asFloatBuffer().put((float[]) array, 0, n);
      case F64 -> to.asDoubleBuffer().put((double[]) array, 0, n);
      case I32 -> to.asIntBuffer().put((int[]) array, 0, n);
    }
    to.position(n * bytes);
  }

  /**
   * Reads n elements to the start of an array.
   *
   * @return the index of the first that int32 cannot hold, or −1
   */
  int decode(ByteBuffer from, Object array, int n) {
    switch (this) {
      case F64 -> from.asDoubleBuffer().get((double[]) array, 0, n);
      case F32 -> from.asFloatBuffer().get((float[]) array, 0, n);
      case I32 -> from.asIntBuffer().get((int[]) array, 0, n);
      case F16, BF16 -> {
        float[] out = (float[]) array;
        for (int i = 0; i < n; i++) {
          short bits = from.getShort(2 * i);
          out[i] = this == F16 ? Float.float16ToFloat(bits) : Float.intBitsToFloat(bits << 16);
        }
      }
      default -> {
        int[] out = (int[]) array;
        for (int i = 0; i < n; i++) {
          long value = whole(from, i);
          if ((int) value != value) {
            return i;
          }
          out[i] = (int) value;
        }
      }
    }
    return -1;
  }

  /** A whole number; those of 2⁶³ and more come out negative, and below every int. */
  private long whole(ByteBuffer from, int i) {
    return switch (this) {
      case I64 -> from.getLong(8 * i);
      case U64 -> {
        long v = from.getLong(8 * i);
        yield v < 0 ? Long.MIN_VALUE : v;
      }
      case U32 -> from.getInt(4 * i) & 0xFFFFFFFFL;
      case I16 -> from.getShort(2 * i);
      case U16 -> from.getShort(2 * i) & 0xFFFF;
      case I8 -> from.get(i);
      case U8 -> from.get(i) & 0xFF;
      default -> from.get(i) == 0 ? 0 : 1;
    };
  }
}
