package org.adjoint.cuda;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.StringJoiner;

/**
 * The parameters of one launch in one block, as PTX lays them out: in the order of the entry's
 * declaration, each at a multiple of its own size. One block is one pointer to hand over, whatever
 * the number of parameters. Used again and again; not for several threads.
 */
final class Parameters {
  /** The most that an entry of PTX below version 8.1 may declare is 4,352 bytes. */
  private static final int ROOM = 4096;

  private static final int MOST = 512;

  private final MemorySegment block;
  private final byte[] kinds = new byte[MOST];

  /** How many bytes are left out before each parameter. */
  private final int[] skipped = new int[MOST + 1];

  private int count;
  private int size;

  Parameters() {
    block = Arena.ofAuto().allocate(ROOM, 8);
  }

  /** Forgets all parameters. */
  Parameters clear() {
    count = 0;
    size = 0;
    skipped[0] = 0;
    return this;
  }

  /** Adds an address: {@code .u64}. */
  Parameters address(long value) {
    block.set(ValueLayout.JAVA_LONG, place(8, 'p'), value);
    return this;
  }

  /** Adds a 64-bit integer: {@code .u64} or {@code .s64}. */
  Parameters wide(long value) {
    block.set(ValueLayout.JAVA_LONG, place(8, 'l'), value);
    return this;
  }

  /** Adds a 32-bit integer: {@code .u32} or {@code .s32}. */
  Parameters integer(int value) {
    block.set(ValueLayout.JAVA_INT, place(4, 'i'), value);
    return this;
  }

  /** Adds a {@code .f32}. */
  Parameters number(float value) {
    block.set(ValueLayout.JAVA_FLOAT, place(4, 'f'), value);
    return this;
  }

  /** Leaves so many bytes 0. */
  Parameters skip(int bytes) {
    block.asSlice(size, bytes).fill((byte) 0);
    skipped[count] += bytes;
    size += bytes;
    return this;
  }

  private int place(int bytes, char kind) {
    int at = (size + bytes - 1) / bytes * bytes;
    kinds[count++] = (byte) kind;
    skipped[count] = 0;
    size = at + bytes;
    return at;
  }

  /** Returns how many there are. */
  int count() {
    return count;
  }

  /** Returns the block, in native memory; it changes with the next {@link #clear}. */
  MemorySegment block() {
    return block.asSlice(0, size);
  }

  /** Returns the block's address. */
  long address() {
    return block.address();
  }

  /** Returns its length in bytes. */
  int size() {
    return size;
  }

  /** Takes over the parameters of another block. */
  void become(Parameters other) {
    MemorySegment.copy(other.block, 0, block, 0, other.size);
    System.arraycopy(other.kinds, 0, kinds, 0, other.count);
    System.arraycopy(other.skipped, 0, skipped, 0, other.count);
    count = other.count;
    size = other.size;
  }

  /** Returns the values in order: {@code (0x7f3a00000000, 1024, 0.5f)}. */
  @Override
  public String toString() {
    StringJoiner text = new StringJoiner(", ", "(", ")");
    int at = 0;
    for (int i = 0; i < count; i++) {
      boolean wide = kinds[i] == 'p' || kinds[i] == 'l';
      int bytes = wide ? 8 : 4;
      at = (at + skipped[i] + bytes - 1) / bytes * bytes;
      text.add(
          switch (kinds[i]) {
            case 'p' -> "0x" + Long.toHexString(block.get(ValueLayout.JAVA_LONG, at));
            case 'l' -> Long.toString(block.get(ValueLayout.JAVA_LONG, at));
            case 'i' -> Integer.toString(block.get(ValueLayout.JAVA_INT, at));
            default -> block.get(ValueLayout.JAVA_FLOAT, at) + "f";
          });
      at += bytes;
    }
    return text.toString();
  }
}
