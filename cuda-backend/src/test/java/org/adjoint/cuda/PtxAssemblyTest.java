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
 * names and, in the base module, within a budget of registers and without spills.
 */
class PtxAssemblyTest {
  /** With 256 threads a block, two blocks of which fit into a multiprocessor's 65,536 registers. */
  private static final int REGISTERS = 128;

  private static final Pattern TARGET = Pattern.compile("(?m)^\\.target\\s+(sm_\\w+)");
  private static final Pattern USED = Pattern.compile("Used (\\d+) registers");
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
    if (target.group(1).equals("sm_70")) {
      assertFalse(SPILLED.matcher(assembled.information()).find(), assembled.information());
      Matcher used = USED.matcher(assembled.information());
      int most = 0;
      while (used.find()) {
        most = Math.max(most, Integer.parseInt(used.group(1)));
      }
      assertTrue(most > 0 && most <= REGISTERS, name + " uses " + most + " registers a thread");
    }
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
