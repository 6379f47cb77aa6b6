package org.adjoint.kernels.ptx;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A contiguous piece of simulated memory: an allocation, a block's shared memory, a warp's local
 * memory or a launch's parameters. Beside the bytes it may hold one flag a byte, set when the byte
 * is written, and the {@link Races} shadow.
 */
final class Region {
  static final VarHandle SHORTS = view(short[].class);
  static final VarHandle INTS = view(int[].class);
  static final VarHandle LONGS = view(long[].class);
  static final VarHandle FLOATS = view(float[].class);
  static final VarHandle DOUBLES = view(double[].class);

  private static final int SET_INT = 0x01010101;
  private static final long SET_LONG = 0x0101010101010101L;

  final String space;
  final long base;
  final int size;
  final byte[] bytes;
  final byte @Nullable [] written;
  final boolean readOnly;
  private volatile @Nullable Races races;

  Region(String space, long base, int size, boolean readOnly, boolean tracked) {
    this(space, base, new byte[size], readOnly, tracked);
  }

  Region(String space, long base, byte[] bytes, boolean readOnly, boolean tracked) {
    this.space = space;
    this.base = base;
    this.size = bytes.length;
    this.bytes = bytes;
    this.readOnly = readOnly;
    this.written = tracked ? new byte[size] : null;
  }

  private static VarHandle view(Class<?> array) {
    return MethodHandles.byteArrayViewVarHandle(array, ByteOrder.LITTLE_ENDIAN)
        .withInvokeExactBehavior();
  }

  boolean contains(long address) {
    return address >= base && address < base + size;
  }

  /** Returns the shadow, made at the first access of a kernel that is checked for races. */
  Races races() {
    Races shadow = races;
    if (shadow == null) {
      synchronized (this) {
        shadow = races;
        if (shadow == null) {
          shadow = new Races(size, space.equals("global"));
          races = shadow;
        }
      }
    }
    return shadow;
  }

  void forgetRaces() {
    races = null;
  }

  void markWritten(int offset, int length, boolean value) {
    if (written != null) {
      Arrays.fill(written, offset, offset + length, (byte) (value ? 1 : 0));
    }
  }

  /** Returns whether all of some bytes have been written; 4 and 8 bytes are tested at once. */
  boolean isWritten(int offset, int length) {
    byte[] flags = written;
    if (flags == null) {
      return true;
    }
    return switch (length) {
      case 4 -> (int) INTS.get(flags, offset) == SET_INT;
      case 8 -> (long) LONGS.get(flags, offset) == SET_LONG;
      case 16 ->
          (long) LONGS.get(flags, offset) == SET_LONG
              && (long) LONGS.get(flags, offset + 8) == SET_LONG;
      default -> {
        boolean all = true;
        for (int i = offset; i < offset + length; i++) {
          all &= flags[i] != 0;
        }
        yield all;
      }
    };
  }

  void setWritten(int offset, int length) {
    byte[] flags = written;
    if (flags == null) {
      return;
    }
    switch (length) {
      case 4 -> INTS.set(flags, offset, SET_INT);
      case 8 -> LONGS.set(flags, offset, SET_LONG);
      default -> Arrays.fill(flags, offset, offset + length, (byte) 1);
    }
  }
}
