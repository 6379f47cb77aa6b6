package org.adjoint.kernels.ptx;

import org.adjoint.kernels.ptx.PtxFault.Kind;
import org.jspecify.annotations.Nullable;

/**
 * An instruction that reads or writes memory: it finds the region and the offset of each lane,
 * tests bounds and alignment, and then works on all lanes of one region at a time, which are nearly
 * always all.
 */
abstract class MemoryAccess extends Instruction {
  /** A state space. */
  enum Space {
    GENERIC,
    GLOBAL,
    CONST,
    SHARED,
    LOCAL,
    PARAM
  }

  /** Where shared memory appears in the generic address space. */
  static final long SHARED_WINDOW = 0x0000_0800_0000_0000L;

  /** Where local memory appears in the generic address space. */
  static final long LOCAL_WINDOW = 0x0000_0900_0000_0000L;

  private static final long WINDOW = 1L << 40;

  /**
   * An address operand.
   *
   * @param space the state space
   * @param slot the register
   * @param wide whether it has 64 bits
   * @param offset what is added
   * @param site the number of the operand in its program, under which a warp keeps the region
   */
  record Place(Space space, int slot, boolean wide, long offset, int site) {
    long address(Warp w, int lane) {
      return offset + (wide ? w.longs[slot][lane] : w.ints[slot][lane] & 0xFFFFFFFFL);
    }
  }

  private final Place place;
  private final int width;
  private final boolean write;

  /**
   * Creates the instruction.
   *
   * @param place the address
   * @param width the bytes that each lane accesses
   * @param write whether it writes
   */
  MemoryAccess(Place place, int width, boolean write) {
    this.place = place;
    this.width = width;
    this.write = write;
  }

  int width() {
    return width;
  }

  Place place() {
    return place;
  }

  /** Works on lanes that lie in one region, at {@link Warp#offsets}. */
  abstract void access(Warp w, int mask, Region region);

  @Override
  final void run(Warp w, int mask) {
    int rest = mask;
    while (rest != 0) {
      int first = Integer.numberOfTrailingZeros(rest);
      long address = place.address(w, first);
      Region region = find(w, first, address);
      int lanes = locate(w, rest, region);
      if ((lanes >>> first & 1) == 0) {
        throw outside(w, first, region.base + w.offsets[first], region);
      }
      PtxListener listener = w.block().launch().listener();
      if (listener != null) {
        w.tell(this, lanes, region, write);
      }
      access(w, lanes, region);
      rest &= ~lanes;
    }
  }

  private Region find(Warp w, int lane, long address) {
    return switch (place.space) {
      case SHARED -> w.block().shared();
      case LOCAL -> w.local();
      case PARAM -> w.block().launch().parameters();
      case GENERIC -> {
        if (address >= SHARED_WINDOW && address < SHARED_WINDOW + WINDOW) {
          yield w.block().shared();
        }
        yield address >= LOCAL_WINDOW && address < LOCAL_WINDOW + WINDOW
            ? w.local()
            : allocation(w, lane, address);
      }
      case GLOBAL, CONST -> allocation(w, lane, address);
    };
  }

  private Region allocation(Warp w, int lane, long address) {
    Region cached = w.recent[place.site];
    if (cached != null && cached.contains(address)) {
      return cached;
    }
    Region region = w.block().launch().memory().find(address);
    if (region == null) {
      throw outside(w, lane, address, null);
    }
    AccessGuard guard = w.block().launch().guard();
    String objection = guard == null ? null : guard.objection(region.base, write);
    if (objection != null) {
      throw w.fault(
          Kind.UNORDERED,
          this,
          lane,
          address,
          (write ? "writes " : "reads ") + Warp.where(region, address) + ", which " + objection,
          "record an event behind that work and have this queue await it");
    }
    w.recent[place.site] = region;
    return region;
  }

  /** Sets the offsets of the lanes that lie in a region, and returns those lanes. */
  private int locate(Warp w, int mask, Region region) {
    int[] offsets = w.offsets;
    int limit = region.size - width;
    long base = region.base - place.offset;
    long stride = 0;
    if (region.space.equals("local")) {
      stride = region.size / LANES;
      limit = (int) stride - width;
    }
    if (place.space == Space.GENERIC) {
      if (region.space.equals("shared")) {
        base += SHARED_WINDOW;
      } else if (stride != 0) {
        base += LOCAL_WINDOW;
      }
    }
    int inside = 0;
    int low = 0;
    for (int i = 0; i < LANES; i++) {
      long address = place.wide ? w.longs[place.slot][i] : w.ints[place.slot][i] & 0xFFFFFFFFL;
      long offset = address - base;
      inside |= (offset >= 0 && offset <= limit ? 1 : 0) << i;
      low |= (int) (address + place.offset) & (mask << (31 - i) >> 31);
      offsets[i] = (int) offset + (int) stride * i;
    }
    inside &= mask;
    if ((low & (width - 1)) != 0) {
      misaligned(w, inside);
    }
    return inside;
  }

  private void misaligned(Warp w, int lanes) {
    for (int rest = lanes; rest != 0; rest &= rest - 1) {
      int lane = Integer.numberOfTrailingZeros(rest);
      long address = place.address(w, lane);
      if ((address & (width - 1)) != 0) {
        throw w.fault(
            Kind.MISALIGNED,
            this,
            lane,
            address,
            width + " bytes at address 0x" + Long.toHexString(address) + " in '" + text + "'",
            "the address must be a multiple of the access's size");
      }
    }
  }

  private PtxFault outside(Warp w, int lane, long address, @Nullable Region region) {
    DeviceMemory memory = w.block().launch().memory();
    String did = (write ? "writes " : "reads ") + width + " bytes at ";
    if (region == null && memory.freedAt(address)) {
      return w.fault(
          Kind.USE_AFTER_FREE,
          this,
          lane,
          address,
          did + "0x" + Long.toHexString(address) + ", which was freed",
          "keep the allocation until the last kernel that uses it has run");
    }
    Region near = region == null ? memory.below(address) : region;
    String value;
    if (near == null || address - near.base > 1L << 30) {
      value = did + "0x" + Long.toHexString(address) + ", far from every allocation";
    } else {
      int size = near.space.equals("local") ? near.size / LANES : near.size;
      long at = address - near.base;
      at = near.space.equals("local") ? at - (long) size * lane : at;
      value =
          did
              + near.space
              + " byte "
              + at
              + " of "
              + size
              + " (address 0x"
              + Long.toHexString(address)
              + ")";
    }
    return w.fault(
        Kind.OUT_OF_BOUNDS,
        this,
        lane,
        address,
        value,
        "check the index, the stride and the guard of '" + text + "'");
  }

  /** Tests that what the lanes read has been written. */
  final void checkWritten(Warp w, int mask, Region region) {
    if (region.written == null) {
      return;
    }
    for (int rest = mask; rest != 0; rest &= rest - 1) {
      int lane = Integer.numberOfTrailingZeros(rest);
      if (!region.isWritten(w.offsets[lane], width)) {
        long address = region.base + w.offsets[lane];
        throw w.fault(
            Kind.UNINITIALISED_MEMORY,
            this,
            lane,
            address,
            "reads "
                + width
                + " bytes at "
                + Warp.where(region, address)
                + ", which nobody has written",
            "write it first (and wait for the writer at a barrier)");
      }
    }
  }

  final void checkReadOnly(Warp w, int mask, Region region) {
    if (region.readOnly) {
      int lane = Integer.numberOfTrailingZeros(mask);
      throw w.fault(
          Kind.READ_ONLY,
          this,
          lane,
          region.base + w.offsets[lane],
          "writes to " + region.space + " memory",
          "constants and parameters cannot be written");
    }
  }

  /** Returns whether races on a region are looked for. */
  static boolean raced(Warp w, Region region) {
    return w.block().launch().checks().races()
        && !region.readOnly
        && (region.space.equals("global") || region.space.equals("shared"));
  }
}
