package org.adjoint.kernels.ptx;

import org.adjoint.kernels.ptx.Program.Slot;

/** Loads and stores of one, two or four elements a lane. */
final class Loads {
  private Loads() {}

  /** {@code ld}: memory to registers. */
  static final class Load extends MemoryAccess {
    private final PtxType type;
    private final Slot[] destinations;
    private final boolean strong;

    Load(Place place, PtxType type, Slot[] destinations, boolean strong) {
      super(place, type.bytes() * destinations.length, false);
      this.type = type;
      this.destinations = destinations;
      this.strong = strong;
    }

    @Override
    void access(Warp w, int mask, Region region) {
      if (raced(w, region)) {
        region.races().read(w, mask, width(), strong, this, region);
      }
      checkWritten(w, mask, region);
      for (int e = 0; e < destinations.length; e++) {
        load(w, mask, region.bytes, e * type.bytes(), destinations[e].index());
      }
    }

    private void load(Warp w, int mask, byte[] bytes, int at, int slot) {
      int[] offsets = w.offsets;
      switch (type) {
        case F32 -> {
          float[] d = w.floats[slot];
          for (int i = 0; i < LANES; i++) {
            if ((mask >>> i & 1) != 0) {
              d[i] = (float) Region.FLOATS.get(bytes, offsets[i] + at);
            }
          }
        }
        case B32, U32, S32 -> {
          int[] d = w.ints[slot];
          for (int i = 0; i < LANES; i++) {
            if ((mask >>> i & 1) != 0) {
              d[i] = (int) Region.INTS.get(bytes, offsets[i] + at);
            }
          }
        }
        case B64, U64, S64 -> {
          long[] d = w.longs[slot];
          for (int i = 0; i < LANES; i++) {
            if ((mask >>> i & 1) != 0) {
              d[i] = (long) Region.LONGS.get(bytes, offsets[i] + at);
            }
          }
        }
        case F64 -> {
          double[] d = w.doubles[slot];
          for (int i = 0; i < LANES; i++) {
            if ((mask >>> i & 1) != 0) {
              d[i] = (double) Region.DOUBLES.get(bytes, offsets[i] + at);
            }
          }
        }
        default -> {
          int[] d = w.ints[slot];
          for (int i = 0; i < LANES; i++) {
            if ((mask >>> i & 1) != 0) {
              int place = offsets[i] + at;
              d[i] =
                  type.bytes() == 1
                      ? (type.signed() ? bytes[place] : bytes[place] & 0xFF)
                      : type.signed()
                          ? (short) Region.SHORTS.get(bytes, place)
                          : (short) Region.SHORTS.get(bytes, place) & 0xFFFF;
            }
          }
        }
      }
    }
  }

  /** {@code st}: registers to memory. */
  static final class Store extends MemoryAccess {
    private final PtxType type;
    private final Slot[] sources;
    private final boolean strong;

    Store(Place place, PtxType type, Slot[] sources, boolean strong) {
      super(place, type.bytes() * sources.length, true);
      this.type = type;
      this.sources = sources;
      this.strong = strong;
    }

    @Override
    void access(Warp w, int mask, Region region) {
      checkReadOnly(w, mask, region);
      if (raced(w, region)) {
        region.races().write(w, mask, width(), strong, w.clock(), this, region);
      }
      for (int e = 0; e < sources.length; e++) {
        store(w, mask, region.bytes, e * type.bytes(), sources[e].index());
      }
      if (region.written != null) {
        for (int rest = mask; rest != 0; rest &= rest - 1) {
          region.setWritten(w.offsets[Integer.numberOfTrailingZeros(rest)], width());
        }
      }
    }

    private void store(Warp w, int mask, byte[] bytes, int at, int slot) {
      int[] offsets = w.offsets;
      switch (type) {
        case F32 -> {
          float[] a = w.floats[slot];
          for (int i = 0; i < LANES; i++) {
            if ((mask >>> i & 1) != 0) {
              Region.FLOATS.set(bytes, offsets[i] + at, a[i]);
            }
          }
        }
        case B32, U32, S32 -> {
          int[] a = w.ints[slot];
          for (int i = 0; i < LANES; i++) {
            if ((mask >>> i & 1) != 0) {
              Region.INTS.set(bytes, offsets[i] + at, a[i]);
            }
          }
        }
        case B64, U64, S64 -> {
          long[] a = w.longs[slot];
          for (int i = 0; i < LANES; i++) {
            if ((mask >>> i & 1) != 0) {
              Region.LONGS.set(bytes, offsets[i] + at, a[i]);
            }
          }
        }
        case F64 -> {
          double[] a = w.doubles[slot];
          for (int i = 0; i < LANES; i++) {
            if ((mask >>> i & 1) != 0) {
              Region.DOUBLES.set(bytes, offsets[i] + at, a[i]);
            }
          }
        }
        default -> {
          int[] a = w.ints[slot];
          for (int i = 0; i < LANES; i++) {
            if ((mask >>> i & 1) != 0) {
              if (type.bytes() == 1) {
                bytes[offsets[i] + at] = (byte) a[i];
              } else {
                Region.SHORTS.set(bytes, offsets[i] + at, (short) a[i]);
              }
            }
          }
        }
      }
    }
  }
}
