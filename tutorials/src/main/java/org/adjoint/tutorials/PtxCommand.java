package org.adjoint.tutorials;

import java.io.BufferedReader;
import java.io.Console;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.nio.charset.Charset;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.adjoint.kernels.ptx.Dim3;
import org.adjoint.kernels.ptx.PtxEntry;
import org.adjoint.kernels.ptx.PtxModule;
import org.adjoint.kernels.ptx.PtxParameter;
import org.adjoint.kernels.ptx.Simulator;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Shows the GPU's kernels, and walks through one. */
@Command(
    name = "ptx",
    description = {
      "Show the hand-written GPU kernels: all of them, the text of one, or a small launch of one in"
          + " the simulator, instruction by instruction.",
      "Without a terminal --step prints the first --steps instructions."
    },
    mixinStandardHelpOptions = true)
final class PtxCommand implements Callable<Integer> {
  private static final Pattern REGISTERS = Pattern.compile("\\s*\\.reg \\.(\\w+) ([^;]+);");
  private static final int SHOWN = 8;

  @Spec private @Nullable CommandSpec spec;

  @Parameters(
      index = "0",
      arity = "0..1",
      paramLabel = "KERNEL",
      description = "A kernel, such as softmax_f32; without it all are listed.")
  private @Nullable String name;

  @Option(names = "--expand", description = "Put what the text includes into its place.")
  private boolean expand;

  @Option(names = "--step", description = "Walk through a small launch.")
  private boolean step;

  @Option(
      names = "--steps",
      paramLabel = "N",
      description = "Instructions to print without a terminal (default: ${DEFAULT-VALUE}).",
      defaultValue = "60")
  private int steps;

  @Option(
      names = "--block",
      paramLabel = "X[,Y[,Z]]",
      description = "The block to watch (default: ${DEFAULT-VALUE}).",
      defaultValue = "0")
  private String blockText = "0";

  @Option(
      names = "--warp",
      paramLabel = "W",
      description = "The warp of the block to watch (default: ${DEFAULT-VALUE}).",
      defaultValue = "0")
  private int warp;

  @Option(
      names = "--lane",
      paramLabel = "L",
      description = "The lane whose registers are shown (default: ${DEFAULT-VALUE}).",
      defaultValue = "0")
  private int lane;

  @Override
  public Integer call() {
    PrintWriter out = CommandOutput.of(spec);
    Map<String, PtxTexts.Kernel> kernels = PtxTexts.kernels();
    if (name == null) {
      require(!step && !expand, "--step and --expand need a KERNEL; ./adjoint ptx lists them");
      list(out, kernels);
      return 0;
    }
    PtxTexts.Kernel kernel = kernels.get(name);
    require(
        kernel != null,
        "unknown kernel '" + name + "'; close to it are " + String.join(", ", PtxTexts.near(name)));
    Objects.requireNonNull(kernel);
    if (step) {
      walk(out, kernel);
    } else {
      print(out, kernel);
    }
    out.flush();
    return 0;
  }

  private static void list(PrintWriter out, Map<String, PtxTexts.Kernel> kernels) {
    String file = "";
    for (PtxTexts.Kernel kernel : kernels.values()) {
      if (!kernel.file().equals(file)) {
        file = kernel.file();
        out.println(file);
      }
      out.println(String.format("  %-34s %s", kernel.name(), kernel.summary()).stripTrailing());
    }
    out.flush();
  }

  private void print(PrintWriter out, PtxTexts.Kernel kernel) {
    PtxEntry entry = PtxModule.load(kernel.file()).entry(kernel.name());
    List<PtxTexts.Line> lines = PtxTexts.lines(kernel, expand);
    out.println(kernel.name() + ", " + lines.getFirst().at());
    for (PtxTexts.Line line : lines) {
      out.println(line.text());
    }
    out.println();
    out.println("parameters, " + entry.parameterBytes() + " bytes");
    for (PtxParameter p : entry.parameters()) {
      out.printf(
          "  %4d  .%-4s %s%n", p.offset(), p.type().name().toLowerCase(Locale.ROOT), p.name());
    }
    out.println("registers declared: " + registers(kernel));
    out.println(
        "shared memory: " + entry.sharedBytes() + " bytes; threads: at most " + entry.maxThreads());
  }

  /** Counts what the text declares by type; the assembler needs fewer, as it uses them again. */
  private static String registers(PtxTexts.Kernel kernel) {
    Map<String, Integer> counts = new TreeMap<>();
    for (PtxTexts.Line line : PtxTexts.lines(kernel, true)) {
      Matcher m = REGISTERS.matcher(line.text());
      if (m.matches()) {
        for (String register : m.group(2).split(",", -1)) {
          Matcher many = Pattern.compile("\\w*%?\\w*<(\\d+)>").matcher(register.strip());
          int n = many.matches() ? Integer.parseInt(many.group(1)) : 1;
          counts.merge(m.group(1), n, Integer::sum);
        }
      }
    }
    StringBuilder text = new StringBuilder();
    counts.forEach(
        (type, n) -> text.append(text.isEmpty() ? "" : ", ").append(n).append(" .").append(type));
    return text.toString();
  }

  private void walk(PrintWriter out, PtxTexts.Kernel kernel) {
    require(steps >= 1, "--steps is " + steps + "; it must be 1 or more");
    PtxExample example = PtxExample.of(kernel);
    PtxStepper.Watch watch = watch(example);
    try (Simulator device = new Simulator()) {
      List<PtxExample.Array> arrays = example.allocate(device);
      out.println(
          kernel.name()
              + ": grid "
              + example.grid()
              + ", block "
              + example.block()
              + ", watching block "
              + watch.block()
              + ", warp "
              + watch.warp());
      out.println("arrays " + String.join(" ", arrays.stream().map(a -> a.name()).toList()));
      out.println("numbers " + example.numbers());
      List<PtxTexts.Line> lines = PtxTexts.lines(kernel, true);
      PtxStepper stepper = new PtxStepper(out, terminal(), lines, arrays, watch, steps);
      device.listener(stepper);
      try {
        example.launch(device, arrays);
      } catch (PtxStepper.Quit e) {
        out.println("left after " + stepper.count() + " instructions; --steps N shows more");
        return;
      }
      out.println("the end, after " + stepper.count() + " instructions of this warp");
      PtxExample.Array result = arrays.getFirst();
      out.println(result.name() + " begins " + first(device, result, example.integers()));
    }
  }

  private static String first(Simulator device, PtxExample.Array result, boolean integers) {
    int[] words = new int[SHOWN];
    float[] floats = new float[SHOWN];
    device.copyOut(result.address(), words);
    device.copyOut(result.address(), floats);
    return integers ? Arrays.toString(words) : Arrays.toString(floats);
  }

  private PtxStepper.Watch watch(PtxExample example) {
    require(
        blockText.matches("\\d{1,5}(,\\d{1,5}){0,2}"),
        "--block " + blockText + ": it must be one to three numbers with commas between them");
    int[] index = new int[3];
    String[] parts = blockText.split(",", -1);
    for (int i = 0; i < parts.length; i++) {
      index[i] = Integer.parseInt(parts[i]);
    }
    Dim3 grid = example.grid();
    require(
        index[0] < grid.x() && index[1] < grid.y() && index[2] < grid.z(),
        "--block " + blockText + ": the grid of this example is " + grid);
    int warps = (int) ((example.block().count() + 31) / 32);
    require(warp >= 0 && warp < warps, "--warp is " + warp + "; it must be 0 to " + (warps - 1));
    require(lane >= 0 && lane < 32, "--lane is " + lane + "; it must be 0 to 31");
    return new PtxStepper.Watch(new Dim3(index[0], index[1], index[2]), warp, lane);
  }

  /** Whoever sits at the terminal, or null where input or output is a file or a pipe. */
  private static @Nullable BufferedReader terminal() {
    Console console = System.console();
    return console != null && console.isTerminal()
        ? new BufferedReader(new InputStreamReader(System.in, Charset.defaultCharset()))
        : null;
  }

  private void require(boolean holds, String message) {
    CommandOutput.require(spec, holds, message);
  }
}
