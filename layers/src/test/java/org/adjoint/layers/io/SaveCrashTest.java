package org.adjoint.layers.io;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.adjoint.autograd.Graph;
import org.adjoint.kernels.Backends;
import org.adjoint.tensor.Tensor;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

/**
 * A process that dies while it saves (check R6): the old file or the new one, never half of one.
 */
@EnabledOnOs({OS.LINUX, OS.MAC})
class SaveCrashTest {
  @TempDir Path folder;

  /** Saves for ever: every element of file number k is k. */
  public static final class Saver {
    private Saver() {}

    /** Takes the file to save to, and the number of elements. */
    public static void main(String[] arguments) {
      Path file = Path.of(arguments[0]);
      float[] values = new float[Integer.parseInt(arguments[1])];
      for (int k = 1; ; k++) {
        Arrays.fill(values, k);
        Tensor t = Tensor.of(Backends.get("reference"), values, values.length);
        try {
          Safetensors.write(file, Map.of("w", t), Map.of("k", String.valueOf(k)));
        } catch (CheckpointException e) {
          System.out.println("refused " + e.getMessage());
          return;
        }
        System.out.println(k);
      }
    }
  }

  /** Where the classes of the saver and of the engine come from, however the tests were started. */
  private static String classPath() {
    return Stream.of(Saver.class, Safetensors.class, Graph.class, Backends.class, Tensor.class)
        .map(
            c ->
                Path.of(
                    URI.create(c.getProtectionDomain().getCodeSource().getLocation().toString())))
        .map(Path::toString)
        .distinct()
        .collect(Collectors.joining(File.pathSeparator));
  }

  private Process start(List<String> before, Class<?> program, String... arguments)
      throws IOException {
    List<String> command = new ArrayList<>(before);
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-XX:TieredStopAtLevel=1", "-Xshare:auto", "-Xmx200m", "-cp"));
    command.add(classPath());
    command.add(program.getName());
    command.addAll(List.of(arguments));
    return new ProcessBuilder(command).redirectErrorStream(true).start();
  }

  /**
   * Kills a saver so many times; returns how often a temporary file was left: a kill in the act.
   */
  private int kill(int times, int elements) throws Exception {
    Path file = folder.resolve("model.safetensors");
    SplittableRandom random = new SplittableRandom(5);
    int midway = 0;
    for (int i = 0; i < times; i++) {
      Process saver = start(List.of(), Saver.class, file.toString(), String.valueOf(elements));
      try (BufferedReader out =
          new BufferedReader(
              new InputStreamReader(saver.getInputStream(), StandardCharsets.UTF_8))) {
        String first = out.readLine();
        assertEquals("1", first);
        Thread.sleep(random.nextInt(20), random.nextInt(1_000_000));
        saver.destroyForcibly().waitFor();
      }
      Safetensors.Contents c = Safetensors.read(file, Backends.get("reference"));
      float[] values = c.tensors().get("w").toFloatArray();
      assertEquals(elements, values.length);
      TreeSet<Float> distinct = new TreeSet<>();
      for (float v : values) {
        distinct.add(v);
      }
      assertEquals(1, distinct.size(), "one save's elements only");
      assertEquals(c.metadata().get("k"), String.valueOf(distinct.first().intValue()));
      midway += sweepTemporaries();
    }
    return midway;
  }

  private int sweepTemporaries() throws IOException {
    int swept = 0;
    try (var files = Files.newDirectoryStream(folder, ".*.tmp")) {
      for (Path p : files) {
        Files.delete(p);
        swept++;
      }
    }
    return swept;
  }

  @Test
  void killedWhileSaving() throws Exception {
    kill(5, 300_000);
  }

  @Test
  @Tag("sweep")
  void killedTwoHundredTimes() throws Exception {
    int midway = kill(200, 300_000);
    assertTrue(midway >= 20, "only " + midway + " of 200 kills hit a save");
  }

  /** Saves a small file, then one that the disk has no room for, and says what is there then. */
  public static final class FullDisk {
    private FullDisk() {}

    /** Takes a folder on a disk with room for the first file only. */
    public static void main(String[] arguments) throws IOException {
      Path folder = Path.of(arguments[0]);
      Path file = folder.resolve("model.safetensors");
      for (int elements : new int[] {1000, 1_000_000}) {
        float[] values = new float[elements];
        Arrays.fill(values, 7);
        try {
          Tensor t = Tensor.of(Backends.get("reference"), values, elements);
          Safetensors.write(file, Map.of("w", t), Map.of());
        } catch (CheckpointException e) {
          System.out.println("refused " + e.getMessage());
        }
        Tensor left = Safetensors.read(file, Backends.get("reference")).tensors().get("w");
        try (Stream<Path> files = Files.list(folder)) {
          System.out.println(left.size() + " elements in one of " + files.count() + " files");
        }
      }
    }
  }

  /** A disk of 300 KB that only the saver sees; needs Linux's unprivileged namespaces. */
  @Test
  @EnabledOnOs(OS.LINUX)
  void aFullDiskLeavesTheOldFile() throws Exception {
    String mount = "mount -t tmpfs -o size=300k tmpfs \"$0\"";
    List<String> namespace = List.of("unshare", "-rm", "/bin/sh", "-c");
    String here = folder.toString();
    assumeTrue(runs(namespace, mount, here), "no disk can be mounted for the test");
    List<String> command = new ArrayList<>(namespace);
    command.addAll(List.of(mount + " && exec \"$@\"", here));
    Process saver = start(command, FullDisk.class, here);
    String out = new String(saver.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, saver.waitFor(), out);
    List<String> lines = out.lines().toList();
    assertEquals("1000 elements in one of 1 files", lines.getFirst(), out);
    assertTrue(lines.get(1).startsWith("refused save: " + here), out);
    assertTrue(lines.get(1).contains("has room"), out);
    assertEquals("1000 elements in one of 1 files", lines.get(2), out);
  }

  private static boolean runs(List<String> namespace, String... command)
      throws InterruptedException {
    List<String> all = new ArrayList<>(namespace);
    all.addAll(List.of(command));
    try {
      return new ProcessBuilder(all).redirectErrorStream(true).start().waitFor() == 0;
    } catch (IOException e) {
      return false;
    }
  }

  @Test
  void aShortWriteLeavesTheOldFile() throws Exception {
    Path file = folder.resolve("model.safetensors");
    Safetensors.write(
        file, Map.of("w", Tensor.of(Backends.get("reference"), new float[] {7}, 1)), Map.of());
    // The shell's limit on file sizes makes writes behind 256 KiB fail, as a full disk would.
    Process saver =
        start(
            List.of("/bin/sh", "-c", "ulimit -f 512; exec \"$@\"", "sh"),
            Saver.class,
            file.toString(),
            "1000000");
    String out = new String(saver.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    saver.waitFor();
    assertTrue(out.contains("refused save: " + file), out);
    assertEquals(7, Safetensors.read(file, Backends.get("reference")).tensors().get("w").item());
    assertEquals(0, sweepTemporaries(), "the temporary file is gone");
  }
}
