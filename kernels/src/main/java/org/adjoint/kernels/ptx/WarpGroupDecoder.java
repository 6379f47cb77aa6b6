package org.adjoint.kernels.ptx;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.adjoint.kernels.ptx.Program.Slot;
import org.adjoint.kernels.ptx.PtxFault.Kind;
import org.adjoint.kernels.ptx.PtxSyntax.Code;
import org.adjoint.kernels.ptx.PtxSyntax.Immediate;
import org.adjoint.kernels.ptx.PtxSyntax.Operand;
import org.adjoint.kernels.ptx.PtxSyntax.Vector;

/**
 * Decodes the products of Hopper's warp groups: wgmma.mma_async.m64nNk16 of bf16 or f16, or m64nNk8
 * of tf32, with f32 sums, both operands in shared memory with their depth contiguous.
 *
 * <p>A descriptor of 64 bits says where an operand lies: bits 0–13 the address, 16–29 the leading
 * offset, 32–45 the stride offset, each in units of 16 bytes, 62–63 the swizzle: 0 none, 1, 2, 3
 * for 128, 64, 32 bytes. Without a swizzle, a core matrix of 8 rows of 16 bytes lies in one piece;
 * the next 8 rows lie the stride offset further, the next 16 bytes of a row the leading offset.
 * With one, a row has as many bytes as the swizzle.
 *
 * <p>The product is computed when the warp waits for its group, not before; until then its
 * registers count as uninitialised. Warp w of the group holds rows 16w to 16w + 15 of D.
 */
final class WarpGroupDecoder {
  private WarpGroupDecoder() {}

  static void decode(Operands d, Code i) {
    if (i.has("fence")) {
      d.emit(new MemoryDecoder.Nothing());
    } else if (i.has("commit_group")) {
      d.emit(
          new Instruction() {
            @Override
            void run(Warp w, int mask) {
              w.products.commit();
            }
          });
    } else if (i.has("wait_group")) {
      if (!(i.operands().size() == 1
          && i.operands().getFirst() instanceof Immediate(PtxSyntax.Form form, long n))) {
        throw i.refuse("the number of groups", i.text(), "expected a constant");
      }
      int pending = (int) n;
      d.emit(
          new Instruction() {
            @Override
            void run(Warp w, int mask) {
              w.products.waitFor(w, pending);
            }
          });
    } else if (i.has("mma_async")) {
      product(d, i);
    } else {
      throw i.refuse("the instruction", i.text(), "this simulator does not know this form");
    }
  }

  private static void product(Operands d, Code i) {
    List<PtxType> types = i.types();
    List<Operand> o = i.operands();
    String shape = i.modifiers().size() > 3 ? i.modifiers().get(3) : "";
    PtxType type = types.size() == 3 ? types.get(1) : PtxType.F32;
    boolean halves = type == PtxType.BF16 || type == PtxType.F16;
    int depth = halves ? 16 : 8;
    int numbers = halves ? 8 : 6;
    if (!shape.matches("m64n\\d+k" + depth)
        || types.size() != 3
        || types.get(0) != PtxType.F32
        || types.get(2) != type
        || !(halves || type == PtxType.TF32)
        || o.size() != numbers) {
      throw i.refuse(
          "the product",
          i.text(),
          "expected wgmma.mma_async.sync.aligned.m64nNk16.f32.bf16.bf16 d, a, b, p, 1, 1, 0, 0; or"
              + " m64nNk8.f32.tf32.tf32 d, a, b, p, 1, 1");
    }
    int columns = Integer.parseInt(shape.substring(4, shape.lastIndexOf('k')));
    for (int k = 4; k < numbers; k++) {
      if (!(o.get(k) instanceof Immediate(PtxSyntax.Form form, long n)) || n != (k < 6 ? 1 : 0)) {
        throw i.refuse("the scales and transpositions", i.text(), "expected 1, 1, 0, 0");
      }
    }
    if (!(o.getFirst() instanceof Vector(List<Operand> elements))
        || elements.size() != columns / 2
        || columns % 8 != 0
        || columns > 256) {
      throw i.refuse("the result", i.text(), "expected n/2 registers, n a multiple of 8 to 256");
    }
    Slot[] sums = elements.stream().map(e -> d.plain(e, PtxType.F32)).toArray(Slot[]::new);
    int a = d.in(o.get(1), PtxType.B64);
    int b = d.in(o.get(2), PtxType.B64);
    int p = d.in(o.get(3), PtxType.PRED);
    d.emit(new Product(type, depth, columns, sums, a, b, p));
  }

  /** The products of a warp that are in flight. */
  static final class Queue {
    private final Deque<List<Flight>> groups = new ArrayDeque<>();
    private List<Flight> open = new ArrayList<>();

    void clear() {
      groups.clear();
      open.clear();
    }

    void commit() {
      groups.addLast(open);
      open = new ArrayList<>();
    }

    void waitFor(Warp w, int pending) {
      while (groups.size() > pending) {
        for (Flight flight : groups.removeFirst()) {
          flight.product.finish(w, flight);
        }
      }
    }

    boolean writes(int id) {
      for (List<Flight> group : groups) {
        if (writes(group, id)) {
          return true;
        }
      }
      return writes(open, id);
    }

    private static boolean writes(List<Flight> flights, int id) {
      for (Flight flight : flights) {
        for (Slot slot : flight.product.sums) {
          if (slot.id() == id) {
            return true;
          }
        }
      }
      return false;
    }
  }

  /** A product in flight, with the descriptors that it was given. */
  private record Flight(Product product, long a, long b, boolean adds) {}

  private static final class Product extends Instruction {
    private final PtxType type;
    private final int depth;
    private final int columns;
    private final Slot[] sums;
    private final int a;
    private final int b;
    private final int p;

    Product(PtxType type, int depth, int columns, Slot[] sums, int a, int b, int p) {
      this.type = type;
      this.depth = depth;
      this.columns = columns;
      this.sums = sums;
      this.a = a;
      this.b = b;
      this.p = p;
    }

    @Override
    void run(Warp w, int mask) {
      MatrixDecoder.whole(w, mask, this);
      if (w.block().launch().warps() % 4 != 0) {
        throw w.fault(
            Kind.DIVERGENT_WARP,
            this,
            0,
            0,
            "a block of " + w.block().launch().warps() + " warps",
            "four warps make a group: use a multiple of 128 threads");
      }
      boolean adds = (w.preds[p] & 1) != 0;
      for (Slot slot : sums) {
        if (adds && !w.defined(slot) && !w.products.writes(slot.id())) {
          throw w.fault(
              Kind.UNINITIALISED_REGISTER,
              this,
              0,
              0,
              "a sum of '" + text + "' is added to before it was written",
              "clear the sums, or let the first product not add (its predicate false)");
        }
      }
      for (Slot slot : sums) {
        w.define(slot, false);
      }
      w.products.open.add(new Flight(this, w.longs[a][0], w.longs[b][0], adds));
    }

    /** Computes the 16 rows of this warp. */
    void finish(Warp w, Flight flight) {
      float[] left = read(w, flight.a, 16, 16 * (w.index() & 3));
      float[] right = read(w, flight.b, columns, 0);
      for (int lane = 0; lane < LANES; lane++) {
        for (int n = 0; n < sums.length; n++) {
          int row = (lane >> 2) + 8 * (n >> 1 & 1);
          int column = 8 * (n >> 2) + 2 * (lane & 3) + (n & 1);
          double sum = 0;
          for (int k = 0; k < depth; k++) {
            sum += (double) left[row * depth + k] * right[column * depth + k];
          }
          float[] d = w.floats[sums[n].index()];
          d[lane] = (float) (flight.adds ? sum + d[lane] : sum);
        }
      }
      for (Slot slot : sums) {
        w.define(slot, true);
      }
    }

    /** Reads rows of 32 bytes, as two pieces of 16, where a descriptor says. */
    private float[] read(Warp w, long descriptor, int rows, int first) {
      Region shared = w.block().shared();
      float[] values = new float[rows * depth];
      for (int row = 0; row < rows; row++) {
        for (int piece = 0; piece < 2; piece++) {
          int at = address(descriptor, first + row, piece);
          int lane = row & 31;
          if (at + 16 > shared.size) {
            throw w.fault(
                Kind.OUT_OF_BOUNDS,
                this,
                lane,
                at,
                "reads 16 bytes at " + Warp.where(shared, at),
                "check address, leading and stride offset of the descriptor");
          }
          w.offsets[lane] = at;
          if (MemoryAccess.raced(w, shared)) {
            shared.races().read(w, 1 << lane, 16, false, this, shared);
          }
          if (!shared.isWritten(at, 16)) {
            throw w.fault(
                Kind.UNINITIALISED_MEMORY,
                this,
                lane,
                at,
                "reads 16 bytes at " + Warp.where(shared, at) + ", which nobody has written",
                "write both operands first, and check the descriptor");
          }
          int half = depth / 2;
          for (int k = 0; k < half; k++) {
            int bits =
                type == PtxType.TF32
                    ? (int) Region.INTS.get(shared.bytes, at + 4 * k)
                    : (short) Region.SHORTS.get(shared.bytes, at + 2 * k) & 0xFFFF;
            values[row * depth + half * piece + k] = Halves.value(type, bits);
          }
        }
      }
      return values;
    }

    private static int address(long descriptor, int row, int piece) {
      int start = (int) (descriptor & 0x3FFF) << 4;
      int leading = (int) (descriptor >>> 16 & 0x3FFF) << 4;
      int stride = (int) (descriptor >>> 32 & 0x3FFF) << 4;
      int swizzle = (int) (descriptor >>> 62);
      int at = start + row / 8 * stride;
      if (swizzle == 0) {
        return at + row % 8 * 16 + piece * leading;
      }
      at += row % 8 * (256 >> swizzle) + piece * 16;
      // The rows of an atom exchange their pieces: bits 4 to 6 by bits 7 to 9.
      return at ^ (at >> 7 & (8 >> swizzle - 1) - 1) << 4;
    }
  }
}
