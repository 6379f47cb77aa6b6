package org.adjoint.tutorials;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.adjoint.kernels.ptx.Dim3;
import org.adjoint.kernels.ptx.PtxEntry;
import org.adjoint.kernels.ptx.PtxModule;
import org.adjoint.kernels.ptx.PtxParameter;
import org.adjoint.kernels.ptx.PtxType;
import org.adjoint.kernels.ptx.Simulator;

/**
 * A small launch of a kernel, made from the names of its parameters. All kernels of a file share
 * one set of sizes; a pointer gets an array, with numbers that its name asks for: places for an
 * index, positive numbers for a variance, otherwise a short cycle from -1 to 2.75. The result,
 * which stands first, begins as zeros.
 */
final class PtxExample {
  /** Elements of every array: more than any kernel needs at these sizes. */
  private static final int ELEMENTS = 8192;

  /** Bytes of every array. */
  static final long BYTES = 4L * ELEMENTS;

  /** The program of map_f32: y = tanh(operand 0 times number 0), in the words of map.ptx. */
  private static final int[] PROGRAM = {1, 2, 23, 15, 0};

  private static final String MATRIX = "rows=2 cols=40 alpha=0.5 beta=1";
  private static final String OPERANDS = "operands";
  private static final String PRODUCT =
      "m=5 n=6 k=4 batch=1 aBatch=20 aRow=4 aCol=1 bBatch=24 bRow=6 bCol=1";

  private static final String TILES = "m=5 n=6 depthTiles=1 aTiles=1 bTiles=1";
  private static final String NORMS =
      "rows=2 n=8 channels=3 spatial=5 centred=1 epsilon=1e-5 chunk=512";

  private static final Map<String, String> SIZES =
      Map.ofEntries(
          Map.entry("unary.ptx", MATRIX),
          Map.entry("unary_gradients.ptx", MATRIX),
          Map.entry("binary.ptx", MATRIX),
          Map.entry("binary_gradients.ptx", MATRIX),
          Map.entry(
              "elementwise.ptx",
              MATRIX
                  + " batch=1 size=40 dim1=1 dim2=1 dim3=1 dim4=5 dim5=8 value=1065353216 mask=1"
                  + " dropped=16 even=1"
                  + " y0=0 y1=0 y2=0 y3=0 y4=8 y5=1 x0=0 x1=0 x2=0 x3=0 x4=8 x5=1"),
          Map.entry("softmax.ptx", "rows=2 n=40 dStride=1"),
          Map.entry(
              "reductions.ptx",
              "rows=2 n=40 outer=2 inner=3 chunk=40 chunks=1 divisor=1 reverse=0 sign=1"),
          Map.entry("map.ptx", "rows=2 cols=40 numbers=0.5 changing=0"),
          Map.entry("norms.ptx", NORMS),
          Map.entry("row_norms.ptx", NORMS),
          Map.entry("matmul.ptx", PRODUCT),
          Map.entry("matmul_tensor.ptx", PRODUCT),
          Map.entry("matmul_ahead.ptx", PRODUCT),
          Map.entry("matmul_hopper.ptx", PRODUCT),
          Map.entry("matmul_warp.ptx", TILES),
          Map.entry("matmul_stages.ptx", TILES + " shared=98304"),
          Map.entry("matmul_bulk.ptx", TILES + " shared=196608"),
          Map.entry("matmul_pack.ptx", "rows=5 depths=4 batch=20 row=4 depth=1 tile=128"),
          Map.entry(
              "convolutions.ptx",
              "batch=1 inChannels=2 height=4 width=4 outChannels=2 outHeight=4 outWidth=4 kernelH=3"
                  + " kernelW=3 strideH=1 strideW=1 padH=1 padW=1 dilationH=1 dilationW=1 groups=1"
                  + " chunk=4096"),
          Map.entry(
              "pooling.ptx",
              "planes=2 height=4 width=4 outHeight=2 outWidth=2 kernelH=2 kernelW=2 strideH=2"
                  + " strideW=2 padH=0 padW=0 inSize=16 outSize=4"),
          Map.entry(
              "indexing.ptx",
              "outer=1 n=4 inner=3 nx=5 ny=5 size=40 classes=5 count=4 descending=0"),
          Map.entry("ctc.ptx", "steps=4 n=1 classes=4 places=7 blank=0"),
          Map.entry("recurrent.ptx", "n=2 units=4 step=0 cStride=4"),
          Map.entry(
              "random.ptx",
              "seed=1 offset=0 size=40 range=1 low=0 top=1 threshold=8388608 deviation=1 mean=0"
                  + " changing=0"),
          Map.entry(
              "updates.ptx",
              "size=40 decay=0 lambda=0 n1=0.5 n2=0.5 n3=0.5 n4=0.5 n5=0.5 n6=0.5 n7=0.5 n8=0.5"
                  + " changing=0"),
          Map.entry(
              "attention.ptx",
              "batch=1 heads=1 queries=3 keys=4 width=4 valueWidth=4 qBatch=12 qRow=4 qHead=4"
                  + " kBatch=16 kRow=4 kHead=4 vBatch=16 vRow=4 vHead=4 mBatch=0 mHead=0 mRow=0"
                  + " mCol=0 causal=0 past=0 threshold=0 scale=0.5 factor=1 mask=0 key=0"));

  private static final Pattern THREADS = Pattern.compile("\\.reqntid (\\d+), (\\d+), (\\d+)");

  /**
   * An array on the device.
   *
   * @param name the parameter that points to it
   * @param address where it begins
   */
  record Array(String name, long address) {}

  private final PtxModule module;
  private final PtxEntry entry;
  private final Map<String, String> sizes;
  private final Dim3 grid;
  private final Dim3 block;

  private PtxExample(PtxModule module, PtxEntry entry, String sizes, Dim3 grid, Dim3 block) {
    this.module = module;
    this.entry = entry;
    this.sizes = parse(sizes);
    this.grid = grid;
    this.block = block;
  }

  /**
   * Makes the example of a kernel.
   *
   * @throws IllegalStateException if its file has no sizes here
   */
  static PtxExample of(PtxTexts.Kernel kernel) {
    PtxModule module = PtxModule.load(kernel.file());
    PtxEntry entry = module.entry(kernel.name());
    String sizes = SIZES.get(kernel.file());
    if (sizes == null) {
      throw new IllegalStateException("no sizes for " + kernel.file());
    }
    String text =
        PtxTexts.lines(kernel, true).stream()
            .map(PtxTexts.Line::text)
            .collect(Collectors.joining("\n"));
    Matcher m = THREADS.matcher(text);
    boolean matrix = entry.parameters().stream().anyMatch(p -> p.name().equals("cols"));
    boolean rungs = kernel.file().equals("matmul.ptx");
    boolean rows = kernel.file().matches("(softmax|norms|row_norms)\\.ptx");
    Dim3 block;
    if (m.find()) {
      block =
          new Dim3(
              Integer.parseInt(m.group(1)),
              Integer.parseInt(m.group(2)),
              Integer.parseInt(m.group(3)));
    } else if (rungs) {
      block = new Dim3(16, 16, 1);
    } else {
      block = new Dim3(32, matrix || rows ? 2 : 1, 1);
    }
    return new PtxExample(module, entry, sizes, new Dim3(matrix ? 2 : 1, 1, 1), block);
  }

  private static Map<String, String> parse(String text) {
    Map<String, String> sizes = new HashMap<>();
    for (String pair : text.split(" ", -1)) {
      int equals = pair.indexOf('=');
      sizes.put(pair.substring(0, equals), pair.substring(equals + 1));
    }
    return sizes;
  }

  /** Returns the blocks of the launch. */
  Dim3 grid() {
    return grid;
  }

  /** Returns the threads of a block. */
  Dim3 block() {
    return block;
  }

  /** Returns the kernel. */
  PtxEntry entry() {
    return entry;
  }

  /** Returns the numbers among the arguments, in the order of the parameters. */
  String numbers() {
    return entry.parameters().stream()
        .filter(p -> !isArray(p))
        .map(p -> p.name() + "=" + number(p.name()))
        .collect(Collectors.joining(" "));
  }

  /** Puts the arrays on a device. */
  List<Array> allocate(Simulator device) {
    List<Array> arrays = new ArrayList<>();
    for (PtxParameter p : entry.parameters()) {
      if (isArray(p)) {
        long address = device.allocate(BYTES);
        device.copyIn(address, contents(p.name(), arrays.isEmpty()));
        arrays.add(new Array(p.name(), address));
      }
    }
    return arrays;
  }

  /** Runs the launch with these arrays. */
  void launch(Simulator device, List<Array> arrays) {
    ByteBuffer packed = ByteBuffer.allocate(entry.parameterBytes()).order(ByteOrder.LITTLE_ENDIAN);
    int next = 0;
    for (PtxParameter p : entry.parameters()) {
      if (isArray(p)) {
        packed.putLong(p.offset(), arrays.get(next++).address());
        if (p.name().equals(OPERANDS)) {
          // Of the many operands one, with the strides of its rows and columns.
          packed.putInt(p.offset() + 8, Integer.parseInt(number("cols")));
          packed.putInt(p.offset() + 12, 1);
        }
      } else if (p.bytes() == 8) {
        packed.putLong(p.offset(), Long.parseLong(number(p.name())));
      } else if (p.type() == PtxType.F32 || p.name().equals("numbers")) {
        packed.putFloat(p.offset(), Float.parseFloat(number(p.name())));
      } else {
        packed.putInt(p.offset(), Integer.parseInt(number(p.name())));
      }
    }
    int shared = Integer.parseInt(sizes.getOrDefault("shared", "0"));
    device.launch(module, entry.name(), grid, block, shared, packed.array());
  }

  /** An 8-byte parameter is a pointer, unless the sizes give it a value; so is a list of them. */
  private boolean isArray(PtxParameter p) {
    return p.name().equals(OPERANDS) || (p.bytes() == 8 && !sizes.containsKey(p.name()));
  }

  /** Strides of matrices are dense unless the sizes say otherwise. */
  private String number(String name) {
    String dense = name.endsWith("Row") ? sizes.getOrDefault("cols", "0") : "1";
    return sizes.getOrDefault(name, dense);
  }

  private int[] contents(String name, boolean result) {
    int[] words = new int[ELEMENTS];
    if (name.equals("program")) {
      return Arrays.copyOf(PROGRAM, ELEMENTS);
    }
    boolean inPlace = name.equals("p");
    boolean places = name.matches("index|labels|targets");
    boolean whole = entry.name().matches("(compare|logical)_i32|convert_i32_f32") || places;
    for (int i = 0; i < ELEMENTS && (!result || inPlace); i++) {
      if (name.matches("\\w*[lL]engths")) {
        words[i] = 2;
      } else if (whole) {
        words[i] = 1 + i % 3;
      } else if (name.matches("variance|rstd|s[1-3]")) {
        words[i] = Float.floatToRawIntBits(1 + i % 4 / 4f);
      } else {
        words[i] = Float.floatToRawIntBits((i * 5 % 16 - 4) / 4f);
      }
    }
    return words;
  }

  /** Returns whether the result holds int32. */
  boolean integers() {
    String name = entry.name();
    return name.endsWith("_i32") || name.matches("arg_\\w+");
  }
}
