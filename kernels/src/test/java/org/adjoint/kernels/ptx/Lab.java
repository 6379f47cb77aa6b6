package org.adjoint.kernels.ptx;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/** A device and a kernel of a few lines, for tests: {@code body} stands in for a whole module. */
final class Lab implements AutoCloseable {
  /** The registers that every body may use; {@code %tid} is the global index, in {@code %i}. */
  private static final String REGISTERS =
      """
          .reg .pred %p<8>;
          .reg .b16 %h<8>;
          .reg .b32 %r<32>;
          .reg .b64 %d<24>;
          .reg .f32 %f<24>;
          .reg .f64 %g<16>;
      """;

  final Simulator device;

  Lab() {
    this(Checks.FULL);
  }

  Lab(Checks checks) {
    device = new Simulator(checks, 2, 1L << 30);
  }

  static String header() {
    return ".version 7.8\n.target sm_80\n.address_size 64\n";
  }

  /**
   * Returns a module with one kernel {@code k(u64 y, u64 x, u32 n)}. Registers {@code %d0} and
   * {@code %d1} hold y and x, {@code %r0} n, {@code %r1} the thread, {@code %d2} and {@code %d3}
   * the addresses of the thread's word of y and x.
   */
  static PtxModule kernel(String body) {
    return PtxModule.parse("lab.ptx", text(body));
  }

  static String text(String body) {
    return header()
        + ".visible .entry k(.param .u64 y, .param .u64 x, .param .u32 n)\n{\n"
        + REGISTERS
        + """
            ld.param.u64 %d0, [y];
            ld.param.u64 %d1, [x];
            ld.param.u32 %r0, [n];
            mov.u32 %r1, %ctaid.x;
            mov.u32 %r2, %ntid.x;
            mov.u32 %r3, %tid.x;
            mad.lo.u32 %r1, %r1, %r2, %r3;
            mad.wide.u32 %d2, %r1, 4, %d0;
            mad.wide.u32 %d3, %r1, 4, %d1;
        """
        + body
        + "\nret;\n}\n";
  }

  /** Returns the line of the text of a body on which a fragment first stands. */
  static int line(String body, String fragment) {
    String text = text(body);
    String before = text.substring(0, text.indexOf(body) + body.indexOf(fragment));
    return 1 + (int) before.chars().filter(c -> c == '\n').count();
  }

  long put(int... words) {
    long address = device.allocate(4L * words.length);
    device.copyIn(address, words);
    return address;
  }

  long put(float... words) {
    long address = device.allocate(4L * words.length);
    device.copyIn(address, words);
    return address;
  }

  static byte[] arguments(long y, long x, int n) {
    return ByteBuffer.allocate(20)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putLong(y)
        .putLong(x)
        .putInt(n)
        .array();
  }

  /** Runs a body on some blocks of threads; y has a word for each thread unless given. */
  int[] run(String body, int blocks, int threads, int... x) {
    int[] y = new int[blocks * threads];
    long to = device.allocate(4L * y.length);
    long from = put(x.length == 0 ? new int[1] : x);
    try {
      device.launch(
          kernel(body), "k", Dim3.of(blocks), Dim3.of(threads), 0, arguments(to, from, x.length));
      device.copyOut(to, y);
    } finally {
      device.free(to);
      device.free(from);
    }
    return y;
  }

  /** Runs a body on one warp whose lanes hold x. */
  int[] warp(String body, int... x) {
    return run(
        "ld.global.b32 %r4, [%d3];\n" + body + "\nst.global.b32 [%d2], %r4;",
        1,
        32,
        Arrays.copyOf(x, 32));
  }

  @Override
  public void close() {
    device.close();
  }
}
