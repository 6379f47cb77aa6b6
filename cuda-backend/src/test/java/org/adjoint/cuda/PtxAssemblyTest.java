package org.adjoint.cuda;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import jcuda.nvptxcompiler.JNvPTXCompiler;
import jcuda.nvptxcompiler.nvPTXCompileResult;
import jcuda.nvptxcompiler.nvPTXCompilerHandle;
import org.adjoint.kernels.ptx.PtxSource;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every text assembles, by NVIDIA's own assembler, which needs no GPU: for the architecture that it
 * names, each entry within its budget of registers, without spills, and with nothing said that
 * costs speed.
 */
class PtxAssemblyTest {
  /**
   * With 256 threads a block, four blocks of which fit into a multiprocessor's 65,536 registers.
   */
  private static final int REGISTERS = 64;

  /** Products with many sums a thread: two blocks a multiprocessor, of the last, of 384, one. */
  private static final Map<String, Integer> BUDGETS =
      Map.of(
          "gemm_5_ahead_f32", 128,
          "gemm_6_warp_f32", 200,
          "gemm_9_stages_bf16", 128,
          "gemm_9_stages_tf32", 128,
          "gemm_11_bulk_bf16", 168,
          "gemm_11_bulk_tf32", 168);

  private static final Pattern TARGET = Pattern.compile("(?m)^\\.target\\s+(sm_\\w+)");
  private static final Pattern USED =
      Pattern.compile("entry function '(\\w+)'[^']*'sm_\\w+'(?s:.*?)Used (\\d+) registers");
  private static final Pattern SPILLED =
      Pattern.compile("([1-9]\\d*) bytes spill (?:stores|loads)");

  @BeforeAll
  static void load() {
    String system = System.getProperty("os.name") + " on " + System.getProperty("os.arch");
    assumeTrue(system.equals("Linux on amd64"), system);
    Natives.load("JNvPTXCompiler", () -> JNvPTXCompiler.setExceptionsEnabled(false));
  }

  /** The texts that are modules, wherever the kernels' classes lie. */
  static List<String> modules() throws Exception {
    List<String> names = new ArrayList<>();
    URI place = PtxSource.class.getProtectionDomain().getCodeSource().getLocation().toURI();
    String folder = PtxSource.class.getPackageName().replace('.', '/');
    if (Files.isDirectory(Path.of(place))) {
      list(Path.of(place).resolve(folder), names);
    } else {
      try (FileSystem jar = FileSystems.newFileSystem(Path.of(place), Map.of())) {
        list(jar.getPath(folder), names);
      }
    }
    assertFalse(names.isEmpty());
    return names;
  }

  private static void list(Path folder, List<String> names) throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.sorted().toList()) {
        String name = file.getFileName().toString();
        if (name.endsWith(".ptx") && TARGET.matcher(Files.readString(file)).find()) {
          names.add(name);
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("modules")
  void assembles(String name) {
    String text = PtxSource.load(name).text();
    Matcher target = TARGET.matcher(text);
    assertTrue(target.find());
    Assembled assembled = assemble(text, target.group(1));
    assertEquals(nvPTXCompileResult.NVPTXCOMPILE_SUCCESS, assembled.status(), assembled.errors());
    String information = assembled.information();
    assertFalse(SPILLED.matcher(information).find(), information);
    // Products of a warp group that wait for each other, for one.
    assertFalse((information + assembled.errors()).contains("Performance Loss"), information);
    Matcher used = USED.matcher(information);
    List<String> over = new ArrayList<>();
    int entries = 0;
    while (used.find()) {
      entries++;
      int registers = Integer.parseInt(used.group(2));
      if (registers > BUDGETS.getOrDefault(used.group(1), REGISTERS)) {
        over.add(used.group(1) + " uses " + registers);
      }
    }
    assertEquals(List.of(), over);
    assertEquals(Texts.entries(name).size(), entries, "entries with their registers");
  }

  @Test
  void aMistakeIsReportedWithItsLine() {
    String text = PtxSource.load("unary.ptx").text().replaceFirst("neg\\.f32", "neg.f33");
    Assembled assembled = assemble(text, "sm_70");
    assertEquals(nvPTXCompileResult.NVPTXCOMPILE_ERROR_COMPILATION_FAILURE, assembled.status());
    assertTrue(assembled.errors().contains("line "), assembled.errors());
  }

  private record Assembled(int status, String errors, String information) {}

  private static Assembled assemble(String text, String target) {
    nvPTXCompilerHandle handle = new nvPTXCompilerHandle();
    byte[] bytes = (text + '\0').getBytes(StandardCharsets.UTF_8);
    int created = JNvPTXCompiler.nvPTXCompilerCreate(handle, bytes.length, bytes);
    assertEquals(nvPTXCompileResult.NVPTXCOMPILE_SUCCESS, created);
    try {
      String[] options = {"--gpu-name=" + target, "--verbose"};
      int status = JNvPTXCompiler.nvPTXCompilerCompile(handle, options.length, options);
      long[] size = new long[1];
      JNvPTXCompiler.nvPTXCompilerGetErrorLogSize(handle, size);
      byte[] errors = new byte[(int) size[0] + 1];
      JNvPTXCompiler.nvPTXCompilerGetErrorLog(handle, errors);
      JNvPTXCompiler.nvPTXCompilerGetInfoLogSize(handle, size);
      byte[] information = new byte[(int) size[0] + 1];
      JNvPTXCompiler.nvPTXCompilerGetInfoLog(handle, information);
      return new Assembled(status, string(errors), string(information));
    } finally {
      JNvPTXCompiler.nvPTXCompilerDestroy(handle);
    }
  }

  private static String string(byte[] text) {
    return new String(text, StandardCharsets.UTF_8).replace("\0", "");
  }
}
