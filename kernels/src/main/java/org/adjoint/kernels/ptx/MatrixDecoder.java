package org.adjoint.kernels.ptx;

import java.util.List;
import org.adjoint.kernels.ptx.MemoryAccess.Place;
import org.adjoint.kernels.ptx.MemoryAccess.Space;
import org.adjoint.kernels.ptx.PtxFault.Kind;
import org.adjoint.kernels.ptx.PtxSyntax.Code;
import org.adjoint.kernels.ptx.PtxSyntax.Operand;
import org.adjoint.kernels.ptx.PtxSyntax.Vector;
import org.jspecify.annotations.Nullable;

/**
 * Decodes the matrix instructions of a warp: mma.sync with f32 accumulators, and ldmatrix.
 *
 * <p>mma.sync gives D = A·B + C for A of 16 × k, B of k × 8, spread over the registers of the 32
 * lanes. Lane l belongs to row group g = l / 4 and has place t = l mod 4 in it:
 *
 * <pre>
 *   C, D   c0 c1: row g, columns 2t, 2t + 1           c2 c3: the same columns, row g + 8
 *   A      16 bits, k = 16: a0 a1: row g, columns 2t, 2t + 1   a2 a3: row g + 8
 *                           a4 … a7: the same, columns 8 more
 *          tf32, k = 8:     a0: (g, t)  a1: (g + 8, t)  a2: (g, t + 4)  a3: (g + 8, t + 4)
 *   B      as A transposed, column g, without the rows g + 8
 * </pre>
 *
 * <p>Products are exact; the simulator sums them, and C, in double in the order of k and rounds
 * once. A tensor core sums in another order and precision: compare with the bound.
 */
final class MatrixDecoder {
  private MatrixDecoder() {}

  static boolean decode(Operands d, Code i) {
    switch (i.opcode()) {
      case "mma" -> multiply(d, i);
      case "ldmatrix" -> load(d, i);
      case "wgmma" -> WarpGroupDecoder.decode(d, i);
      default -> {
        return false;
      }
    }
    return true;
  }

  private static List<Operand> vector(Code i, int index, int size) {
    if (index < i.operands().size()
        && i.operands().get(index) instanceof Vector(List<Operand> elements)
        && elements.size() == size) {
      return elements;
    }
    throw i.refuse("operand " + (index + 1) + " of '" + i.text() + "'", "not of " + size, "{…}");
  }

  private static void multiply(Operands d, Code i) {
    List<PtxType> types = i.types();
    int k = i.has("m16n8k4") ? 4 : i.has("m16n8k8") ? 8 : i.has("m16n8k16") ? 16 : 0;
    if (types.size() != 4 || !i.has("sync") || !i.has("row") || !i.has("col") || k == 0) {
      throw i.refuse(
          "the product", i.text(), "expected mma.sync.aligned.m16n8kK.row.col.f32.a.b.f32");
    }
    PtxType type = types.get(1);
    boolean halves = type == PtxType.F16 || type == PtxType.BF16;
    if (types.get(0) != PtxType.F32
        || types.get(3) != PtxType.F32
        || types.get(2) != type
        || !(halves ? k >= 8 : type == PtxType.TF32 && k <= 8)) {
      throw i.refuse("the types", types, "tf32 with k = 4 or 8, bf16 or f16 with k = 8 or 16");
    }
    int perLane = k * type.bytes() / 16; // registers of A for each 8 rows
    int[] a = slots(d, vector(i, 1, 2 * perLane), PtxType.B32);
    int[] b = slots(d, vector(i, 2, perLane), PtxType.B32);
    int[] c = slots(d, vector(i, 3, 4), PtxType.F32);
    int[] r = vector(i, 0, 4).stream().mapToInt(o -> d.out(o, PtxType.F32)).toArray();
    d.emit(new Multiply(type, k, a, b, c, r));
  }

  private static int[] slots(Operands d, List<Operand> operands, PtxType type) {
    return operands.stream().mapToInt(o -> d.in(o, type)).toArray();
  }

  /** Tests that all lanes of a full warp take part. */
  static void whole(Warp w, int mask, Instruction i) {
    if (mask != Instruction.ALL) {
      throw w.fault(
          Kind.DIVERGENT_WARP,
          i,
          Integer.numberOfTrailingZeros(~mask),
          0,
          "this lane does not take part in '" + i.text + "'",
          "matrix instructions need all 32 lanes");
    }
  }

  private static final class Multiply extends Instruction {
    private final PtxType type;
    private final int k;
    private final int[] a;
    private final int[] b;
    private final int[] c;
    private final int[] r;

    Multiply(PtxType type, int k, int[] a, int[] b, int[] c, int[] r) {
      this.type = type;
      this.k = k;
      this.a = a;
      this.b = b;
      this.c = c;
      this.r = r;
    }

    @Override
    void run(Warp w, int mask) {
      whole(w, mask, this);
      float[] left = new float[16 * k];
      float[] right = new float[8 * k];
      for (int lane = 0; lane < LANES; lane++) {
        int g = lane >> 2;
        int t = lane & 3;
        for (int n = 0; n < a.length; n++) {
          // Registers alternate between the upper and lower 8 rows.
          put(left, g + 8 * (n & 1), n >> 1, t, w.ints[a[n]][lane]);
        }
        for (int n = 0; n < b.length; n++) {
          put(right, g, n, t, w.ints[b[n]][lane]);
        }
      }
      for (int lane = 0; lane < LANES; lane++) {
        for (int n = 0; n < 4; n++) {
          int row = (lane >> 2) + 8 * (n >> 1);
          int column = 2 * (lane & 3) + (n & 1);
          double sum = 0;
          for (int j = 0; j < k; j++) {
            sum += (double) left[row * k + j] * right[column * k + j];
          }
          w.floats[r[n]][lane] = (float) (sum + w.floats[c[n]][lane]);
        }
      }
    }

    /** Puts a register into a matrix of rows of k: one tf32, or two neighbours of 16 bits. */
    private void put(float[] matrix, int row, int part, int t, int bits) {
      if (type == PtxType.TF32) {
        matrix[row * k + 4 * part + t] = Halves.value(type, bits);
      } else {
        int column = row * k + 8 * part + 2 * t;
        matrix[column] = Halves.value(type, bits & 0xFFFF);
        matrix[column + 1] = Halves.value(type, bits >>> 16);
      }
    }
  }

  // ---- ldmatrix.

  private static void load(Operands d, Code i) {
    int count = i.has("x1") ? 1 : i.has("x2") ? 2 : i.has("x4") ? 4 : 0;
    if (!i.has("m8n8") || count == 0 || i.operands().size() != 2) {
      throw i.refuse(
          "the load", i.text(), "expected ldmatrix.sync.aligned.m8n8.xN.shared.b16 {…}, [a]");
    }
    Place place = d.place(i.operands().get(1), MemoryDecoder.space(i));
    if (place.space() == Space.GLOBAL) {
      throw i.refuse("the space", "global", "ldmatrix reads shared memory");
    }
    int[] r = vector(i, 0, count).stream().mapToInt(o -> d.out(o, PtxType.B32)).toArray();
    LoadMatrix load = new LoadMatrix(new Rows(place), r, i.has("trans"));
    d.emit(load);
    load.rows.placeAs(load);
  }

  /** Reads a row of 16 bytes for each lane that gives an address. */
  private static final class Rows extends MemoryAccess {
    Rows(Place place) {
      super(place, 16, false);
    }

    @Override
    void access(Warp w, int mask, Region region) {
      if (raced(w, region)) {
        region.races().read(w, mask, width(), false, this, region);
      }
      checkWritten(w, mask, region);
      for (int rest = mask; rest != 0; rest &= rest - 1) {
        int lane = Integer.numberOfTrailingZeros(rest);
        byte[] row = new byte[16];
        System.arraycopy(region.bytes, w.offsets[lane], row, 0, 16);
        w.copied[lane] = row;
      }
    }
  }

  /** {@code ldmatrix}: lane l gets elements 2t and 2t + 1 of row g of each 8 × 8 matrix. */
  private static final class LoadMatrix extends Instruction {
    private final Rows rows;
    private final int[] r;
    private final boolean transposed;

    LoadMatrix(Rows rows, int[] r, boolean transposed) {
      this.rows = rows;
      this.r = r;
      this.transposed = transposed;
    }

    @Override
    void run(Warp w, int mask) {
      whole(w, mask, this);
      w.copied = new byte[LANES][];
      rows.run(w, r.length == 4 ? ALL : (1 << 8 * r.length) - 1);
      for (int m = 0; m < r.length; m++) {
        for (int lane = 0; lane < LANES; lane++) {
          int g = lane >> 2;
          int t = 2 * (lane & 3);
          w.ints[r[m]][lane] =
              transposed
                  ? element(w, 8 * m + t, g) | element(w, 8 * m + t + 1, g) << 16
                  : element(w, 8 * m + g, t) | element(w, 8 * m + g, t + 1) << 16;
        }
      }
    }

    private static int element(Warp w, int row, int column) {
      byte @Nullable [] bytes = w.copied[row];
      return bytes == null ? 0 : (short) Region.SHORTS.get(bytes, 2 * column) & 0xFFFF;
    }
  }
}
