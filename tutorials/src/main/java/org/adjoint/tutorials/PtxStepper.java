package org.adjoint.tutorials;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.adjoint.kernels.ptx.Dim3;
import org.adjoint.kernels.ptx.PtxLine;
import org.adjoint.kernels.ptx.PtxListener;
import org.adjoint.kernels.ptx.PtxStep;
import org.jspecify.annotations.Nullable;

/**
 * Shows the instructions of one warp, one after the other: where each stands, which lanes run it,
 * what it wrote into the registers of one lane, and what it did to memory. Asks after each what to
 * do next, or, where nobody can be asked, goes on to a number of instructions.
 */
final class PtxStepper implements PtxListener {
  private static final String HELP =
      "Enter: next, c: run on, b LABEL or b LINE: break there, q: quit";

  /** Ends a launch that nobody wants to see the end of. */
  static final class Quit extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Quit() {
      super(null, null, false, false);
    }
  }

  /**
   * Whom to watch.
   *
   * @param block the index of the block
   * @param warp the warp of that block
   * @param lane the lane of that warp whose registers are shown
   */
  record Watch(Dim3 block, int warp, int lane) {}

  /** Accesses of one instruction that show as one line. */
  private record Kind(String space, int bytes, boolean write) {}

  /** How many lanes joined an access, and where the first and the watched lane went. */
  private static final class Accesses {
    private int lanes;
    private long address;
    private int lane;
  }

  private final PrintWriter out;
  private final @Nullable BufferedReader in;
  private final List<PtxTexts.Line> text;
  private final List<PtxExample.Array> arrays;
  private final Watch watch;
  private final int steps;
  private final Map<Kind, Accesses> accesses = new LinkedHashMap<>();
  private final List<PtxLine> breaks = new ArrayList<>();
  private boolean free;
  private long count;

  /**
   * Creates a presenter.
   *
   * @param out where to print
   * @param in who is asked what to do next, or null for nobody
   * @param text the lines of the kernel, includes expanded
   * @param arrays the arrays of the launch, for names of addresses
   * @param watch whom to watch
   * @param steps after how many instructions to end if nobody can be asked
   */
  PtxStepper(
      PrintWriter out,
      @Nullable BufferedReader in,
      List<PtxTexts.Line> text,
      List<PtxExample.Array> arrays,
      Watch watch,
      int steps) {
    this.out = out;
    this.in = in;
    this.text = text;
    this.arrays = arrays;
    this.watch = watch;
    this.steps = steps;
    if (in != null) {
      out.println(HELP);
    }
  }

  /** Returns how many instructions of the watched warp have run. */
  long count() {
    return count;
  }

  private boolean isWatched(PtxStep step) {
    return step.warp() == watch.warp() && step.block().equals(watch.block());
  }

  @Override
  public void before(PtxStep step) {
    if (isWatched(step)) {
      accesses.clear();
      if (breaks.contains(step.line())) {
        free = false;
      }
    }
  }

  @Override
  public void access(PtxStep step, int lane, String space, long address, int bytes, boolean write) {
    if (!isWatched(step)) {
      return;
    }
    Accesses a = accesses.computeIfAbsent(new Kind(space, bytes, write), _ -> new Accesses());
    if (a.lanes == 0 || lane == watch.lane()) {
      a.address = address;
      a.lane = lane;
    }
    a.lanes++;
  }

  @Override
  public void after(PtxStep step) {
    if (!isWatched(step)) {
      return;
    }
    count++;
    if (free) {
      return;
    }
    show(step);
    if (in != null) {
      ask(in);
    } else if (count >= steps) {
      throw new Quit();
    }
  }

  private void show(PtxStep step) {
    out.printf(
        Locale.ROOT,
        "%-24s %-56s %s%n",
        step.line(),
        step.text().strip().replaceAll("\\s+", " "),
        lanes(step.mask()));
    boolean runs = (step.mask() >>> watch.lane() & 1) != 0;
    for (String register : step.writes()) {
      out.printf(
          "%-24s   lane %d: %s%n",
          "",
          watch.lane(),
          runs
              ? register + " = " + value(step.value(register, watch.lane()))
              : register + " as before, the lane does not run this");
    }
    accesses.forEach(
        (kind, a) ->
            out.printf(
                "%-24s   lane %d: %s %d bytes of %s at %s%s%n",
                "",
                a.lane,
                kind.write() ? "writes" : "reads",
                kind.bytes(),
                kind.space(),
                place(kind.space(), a.address),
                a.lanes == 1 ? "" : ", as do " + (a.lanes - 1) + " more accesses"));
    out.flush();
  }

  /** Lanes as ranges: "lanes 0-7, 9", "all 32 lanes" or "no lane". */
  static String lanes(int mask) {
    if (mask == 0) {
      return "no lane";
    }
    if (mask == -1) {
      return "all 32 lanes";
    }
    StringBuilder ranges = new StringBuilder();
    for (int lane = 0; lane < 32; lane++) {
      if ((mask >>> lane & 1) != 0) {
        int first = lane;
        while (lane < 31 && (mask >>> (lane + 1) & 1) != 0) {
          lane++;
        }
        ranges.append(ranges.isEmpty() ? "" : ", ").append(first);
        ranges.append(lane == first ? "" : "-" + lane);
      }
    }
    return (Integer.bitCount(mask) == 1 ? "lane " : "lanes ") + ranges;
  }

  /** A whole number that is too large to be a count is an address, and shown as one. */
  private String value(Number value) {
    return value instanceof Long v && (v > 1 << 30 || v < -(1 << 30))
        ? place("global", v)
        : value.toString();
  }

  /** An address as the element of an array, if it lies in one. */
  private String place(String space, long address) {
    String hex = "0x" + Long.toHexString(address);
    if (space.equals("global")) {
      for (PtxExample.Array a : arrays) {
        long offset = address - a.address();
        if (offset >= 0 && offset < PtxExample.BYTES) {
          return hex + " = " + a.name() + "[" + offset / 4 + "]";
        }
      }
    }
    return hex;
  }

  private void ask(BufferedReader from) {
    while (true) {
      out.print("> ");
      out.flush();
      String line;
      try {
        line = from.readLine();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      String word = line == null ? "q" : line.strip();
      switch (word) {
        case "" -> {
          return;
        }
        case "c" -> {
          free = true;
          return;
        }
        case "q" -> throw new Quit();
        default -> {
          if (word.startsWith("b ")) {
            breakAt(word.substring(2).strip());
          } else {
            out.println("'" + word + "' is no command; " + HELP);
          }
        }
      }
    }
  }

  private void breakAt(String place) {
    String label = place + ":";
    for (int i = 0; i < text.size(); i++) {
      PtxTexts.Line line = text.get(i);
      boolean here =
          line.text().strip().equals(label)
              || line.at().toString().equals(place)
              || (line.at().file().equals(text.getFirst().at().file())
                  && Integer.toString(line.at().line()).equals(place));
      if (here) {
        for (PtxTexts.Line next : text.subList(i, text.size())) {
          if (isInstruction(next.text().strip())) {
            breaks.add(next.at());
            out.println("break at " + next.at() + ": " + next.text().strip());
            return;
          }
        }
      }
    }
    out.println("no label or line '" + place + "' with an instruction at or after it");
  }

  private static boolean isInstruction(String line) {
    return line.endsWith(";") && !line.startsWith(".") && !line.startsWith("//");
  }
}
