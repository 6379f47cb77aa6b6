package org.adjoint.kernels.ptx;

import org.adjoint.kernels.ptx.MemoryAccess.Place;
import org.adjoint.kernels.ptx.MemoryAccess.Space;
import org.adjoint.kernels.ptx.PtxFault.Kind;
import org.adjoint.kernels.ptx.PtxSyntax.Code;
import org.adjoint.kernels.ptx.PtxSyntax.Immediate;
import org.adjoint.kernels.ptx.PtxType.Bank;

/** Decodes the asynchronous copies of each thread: cp.async with its groups. */
final class AsyncDecoder {
  private AsyncDecoder() {}

  static void decode(Operands d, Code i) {
    if (i.has("commit_group")) {
      d.emit(
          new Instruction() {
            @Override
            void run(Warp w, int mask) {
              w.copies.commit();
            }
          });
    } else if (i.has("wait_group") || i.has("wait_all")) {
      int pending =
          i.has("wait_all")
              ? 0
              : i.operands().getFirst() instanceof Immediate(PtxSyntax.Form form, long n)
                  ? (int) n
                  : -1;
      if (pending < 0) {
        throw i.refuse("the number of groups", i.text(), "expected a constant");
      }
      boolean all = i.has("wait_all");
      d.emit(
          new Instruction() {
            @Override
            void run(Warp w, int mask) {
              if (all) {
                w.copies.commit();
              }
              w.copies.waitFor(w, pending);
            }
          });
    } else if (i.has("ca") || i.has("cg")) {
      copy(d, i);
    } else {
      throw i.refuse("the instruction", i.text(), "this simulator does not know this form");
    }
  }

  /** {@code cp.async.cg.shared.global [to], [from], bytes, used}: the rest is filled with zeros. */
  private static void copy(Operands d, Code i) {
    if (i.operands().size() < 3
        || !(i.operands().get(2) instanceof Immediate(PtxSyntax.Form form, long n))
        || !(n == 4 || n == 8 || n == 16)
        || (i.has("cg") && n != 16)) {
      throw i.refuse("the size of the copy", i.text(), "expected 4, 8 or 16; .cg copies 16");
    }
    int bytes = (int) n;
    Place from = d.place(i.operands().get(1), Space.GLOBAL);
    Place to = d.place(i.operands().get(0), Space.SHARED);
    int used =
        i.operands().size() > 3
            ? d.in(i.operands().get(3), PtxType.U32)
            : d.constant(Bank.INT, bytes);
    Copy copy = new Copy(from, to, bytes, used);
    d.emit(copy);
    copy.source.placeAs(copy);
    copy.target.placeAs(copy);
  }

  private static final class Copy extends Instruction {
    private final Source source;
    private final Target target;
    private final int bytes;
    private final int used;

    Copy(Place from, Place to, int bytes, int used) {
      this.source = new Source(from, bytes);
      this.target = new Target(to, bytes);
      this.bytes = bytes;
      this.used = used;
    }

    @Override
    void run(Warp w, int mask) {
      byte[][] data = new byte[LANES][];
      int reading = 0;
      for (int rest = mask; rest != 0; rest &= rest - 1) {
        int lane = Integer.numberOfTrailingZeros(rest);
        int n = w.ints[used][lane];
        if (n < 0 || n > bytes) {
          throw w.fault(
              Kind.ASYNC,
              this,
              lane,
              0,
              "copies " + n + " of " + bytes + " bytes",
              "the fourth operand is at most the third");
        }
        data[lane] = new byte[bytes];
        reading |= (n == 0 ? 0 : 1) << lane;
      }
      w.copied = data;
      // With fewer bytes used, the hardware reads no more than these.
      for (int rest = reading; rest != 0; rest &= rest - 1) {
        int lane = Integer.numberOfTrailingZeros(rest);
        w.copiedBytes = w.ints[used][lane];
        source.run(w, 1 << lane);
      }
      target.run(w, mask);
    }
  }

  private static final class Source extends MemoryAccess {
    Source(Place place, int bytes) {
      super(place, bytes, false);
    }

    @Override
    void access(Warp w, int mask, Region region) {
      int lane = Integer.numberOfTrailingZeros(mask);
      int length = w.copiedBytes;
      if (raced(w, region)) {
        region.races().read(w, mask, length, false, this, region);
      }
      byte[] to = w.copied[lane];
      if (!region.isWritten(w.offsets[lane], length)) {
        checkWritten(w, mask, region);
      }
      System.arraycopy(region.bytes, w.offsets[lane], to, 0, length);
    }
  }

  private static final class Target extends MemoryAccess {
    Target(Place place, int bytes) {
      super(place, bytes, true);
    }

    @Override
    void access(Warp w, int mask, Region region) {
      byte[][] from = w.copied;
      if (raced(w, region)) {
        region.races().write(w, mask, width(), false, Races.PENDING, this, region);
      }
      for (int rest = mask; rest != 0; rest &= rest - 1) {
        int lane = Integer.numberOfTrailingZeros(rest);
        int thread = w.index() * LANES + lane;
        // Unwritten until it arrives, whatever stood there before.
        region.markWritten(w.offsets[lane], width(), false);
        w.copies.add(new CopyQueue.Copy(region, w.offsets[lane], from[lane], thread));
      }
    }
  }
}
