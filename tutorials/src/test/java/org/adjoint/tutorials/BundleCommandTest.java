package org.adjoint.tutorials;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The bundle is small, runs with nothing else on the machine, and is the same each time. */
final class BundleCommandTest {
  private static final long MOST = 40_000_000;

  @TempDir Path folder;

  @BeforeAll
  static void linux() {
    String system = System.getProperty("os.name") + " on " + System.getProperty("os.arch");
    assumeTrue(system.equals("Linux on amd64"), system);
  }

  private static Path root() {
    Path here = Path.of("").toAbsolutePath();
    return Files.exists(here.resolve("bench/gpu-report")) ? here : here.getParent();
  }

  /** What the command has on its class path, but for what only tests have. */
  private static List<Path> classPath() {
    return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
        .filter(e -> !e.matches(".*(?:junit|jqwik|archunit|opentest4j|apiguardian|test).*\\.jar"))
        .filter(e -> !e.endsWith("test-classes"))
        .map(Path::of)
        .filter(Files::exists)
        .toList();
  }

  /** Runs a command without any environment; answers its output. */
  private static String run(Path in, String... command) throws Exception {
    List<String> words = new ArrayList<>(List.of("env", "-i"));
    words.addAll(List.of(command));
    Process process =
        new ProcessBuilder(words).directory(in.toFile()).redirectErrorStream(true).start();
    String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertEquals(0, process.waitFor(), String.join(" ", command) + ": " + out);
    return out;
  }

  @Test
  void itRunsWithNothingElseOnTheMachine() throws Exception {
    Path jdk = Path.of(System.getProperty("java.home"));
    assumeTrue(Files.isExecutable(jdk.resolve("bin/jlink")), jdk + " has no jlink");
    Path out = folder.resolve("b");
    new Bundle(out, jdk, classPath(), root(), false).write();
    run(folder, "/bin/tar", "-czf", "b.tar.gz", "b");
    long packed = Files.size(folder.resolve("b.tar.gz"));
    assertTrue(packed <= MOST, packed + " bytes");
    Path link = Files.createSymbolicLink(folder.resolve("link"), Path.of("b/adjoint"));
    String doctor = run(folder, link.toString(), "doctor");
    assertTrue(doctor.contains("device cuda") && doctor.contains("device sim"), doctor);
    String check = run(out, "./adjoint", "check", "--op", "softmax", "--device", "cpu,sim");
    assertTrue(check.contains("CudaSoftmax") && check.contains("all within their bounds"), check);
    TinyDigits.write(folder.resolve("digits"));
    String train =
        run(folder, "b/adjoint", "train", "mlp", "--epochs", "1", "--data", "digits", "--out", "r");
    assertTrue(train.contains("test accuracy"), train);
    assertTrue(train.contains("pictures left out"), train);
    assertTrue(Files.exists(folder.resolve("r/model.safetensors")));
  }

  // ---- with something in the place of a JDK ---------------------------------------------------

  private static void script(Path file, String text) throws IOException {
    Files.createDirectories(file.getParent());
    Files.writeString(file, "#!/bin/sh\n" + text + "\n");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  private Path jdk(String version, String arch, String jlink) throws IOException {
    Path jdk = folder.resolve("jdk-" + version + "-" + arch);
    script(jdk.resolve("bin/jlink"), jlink);
    Files.writeString(
        jdk.resolve("release"),
        "JAVA_VERSION=\"" + version + "\"\nOS_NAME=\"Linux\"\nOS_ARCH=\"" + arch + "\"\n");
    return jdk;
  }

  /** A linker that makes a folder of one file. */
  private Path linker() throws IOException {
    return jdk("25.0.1", "x86_64", "for last; do :; done; mkdir \"$last\"; echo > \"$last/java\"");
  }

  private static Path jar(Path file, String... entries) throws IOException {
    try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(file))) {
      for (String entry : entries) {
        zip.putNextEntry(new ZipEntry(entry));
        zip.write(entry.getBytes(StandardCharsets.UTF_8));
        zip.closeEntry();
      }
    }
    return file;
  }

  private static List<String> entries(Path jar) throws IOException {
    try (ZipFile zip = new ZipFile(jar.toFile())) {
      return zip.stream().map(ZipEntry::getName).toList();
    }
  }

  private static Map<String, byte[]> content(Path folder) throws IOException {
    Map<String, byte[]> files = new TreeMap<>();
    try (Stream<Path> all = Files.walk(folder)) {
      for (Path p : all.toList()) {
        String name = folder.relativize(p) + " " + Files.getLastModifiedTime(p);
        files.put(name, Files.isDirectory(p) ? new byte[0] : Files.readAllBytes(p));
      }
    }
    return files;
  }

  @Test
  void digitsGoAlongOnRequestAndEqualInputsGiveEqualFiles() throws Exception {
    String digits = "org/adjoint/tutorials/mnist/train.gz";
    Path plain = jar(folder.resolve("plain.jar"), "a/B.class");
    Path own = jar(folder.resolve("own.jar"), "c/D.class", digits);
    Path left = jar(folder.resolve("jmh-core-1.jar"), "x");
    Path classes = Files.createDirectories(folder.resolve("classes/org/adjoint/tutorials/mnist"));
    Files.writeString(classes.resolve("train.gz"), "digits");
    Files.writeString(folder.resolve("classes/E.class"), "class");
    List<Path> path = List.of(plain, own, left, folder.resolve("classes"));
    Path first = folder.resolve("out/first");
    new Bundle(first, linker(), path, root(), false).write();
    assertArrayEquals(
        Files.readAllBytes(plain), Files.readAllBytes(first.resolve("lib/plain.jar")));
    assertEquals(List.of("c/D.class"), entries(first.resolve("lib/own.jar")));
    assertEquals(List.of("E.class"), entries(first.resolve("lib/adjoint-classes-1.jar")));
    assertFalse(Files.exists(first.resolve("lib/jmh-core-1.jar")));
    assertTrue(Files.isExecutable(first.resolve("adjoint")));
    assertTrue(Files.isExecutable(first.resolve("bench/gpu-report")));
    Thread.sleep(1100);
    Path second = Files.createDirectories(folder.resolve("second"));
    new Bundle(second, linker(), path, root(), false).write();
    Map<String, byte[]> one = content(first);
    Map<String, byte[]> two = content(second);
    assertEquals(one.keySet(), two.keySet());
    one.forEach((name, bytes) -> assertArrayEquals(bytes, two.get(name), name));
    Path whole = folder.resolve("whole");
    new Bundle(whole, linker(), path, root(), true).write();
    assertArrayEquals(Files.readAllBytes(own), Files.readAllBytes(whole.resolve("lib/own.jar")));
    assertTrue(entries(whole.resolve("lib/adjoint-classes-1.jar")).contains(digits));
  }

  @Test
  void theCommandTakesMoreJarsAndSaysHowToPack() throws Exception {
    Path more = jar(folder.resolve("more.jar"), "x");
    String before = System.getProperty("adjoint.home");
    System.setProperty("adjoint.home", root().toString());
    try {
      Path out = folder.resolve("by-command");
      CommandLineRun run =
          CommandLineRun.of(
              "bundle",
              "--out",
              out.toString(),
              "--jdk",
              linker().toString(),
              "--with",
              more.toString());
      assertEquals(0, run.status(), run.err());
      assertTrue(run.out().contains("pack it: tar "), run.out());
      assertTrue(Files.exists(out.resolve("lib/more.jar")));
      CommandLineRun none =
          CommandLineRun.of("bundle", "--out", folder + "/no", "--with", folder + "/none.jar");
      assertEquals(1, none.status());
      assertTrue(none.err().contains("none.jar: no such file"), none.err());
    } finally {
      if (before == null) {
        System.clearProperty("adjoint.home");
      } else {
        System.setProperty("adjoint.home", before);
      }
    }
  }

  private String refused(Path out, Path jdk, Path home) {
    Bundle bundle = new Bundle(out, jdk, List.of(), home, false);
    return assertThrows(FileSystemException.class, bundle::write).getMessage();
  }

  @Test
  void whatDoesNotServeIsNamedAndNothingIsLeft() throws Exception {
    Path out = folder.resolve("refused");
    String none = refused(out, folder, root());
    assertTrue(none.contains("is no JDK, it has no bin/jlink"), none);
    String old = refused(out, jdk("21.0.2", "x86_64", ""), root());
    assertTrue(old.contains("is Java 21.0.2; name a JDK 25"), old);
    Path nameless = jdk("x", "x86_64", "");
    Files.writeString(nameless.resolve("release"), "");
    assertTrue(refused(out, nameless, root()).contains("is Java unknown"));
    String foreign = refused(out, jdk("25", "aarch64", ""), root());
    assertTrue(foreign.contains("is for Linux aarch64"), foreign);
    String broken = refused(out, jdk("26", "x86_64", "echo no modules; exit 1"), root());
    assertTrue(broken.contains("jlink failed: no modules; it has no folder jmods"), broken);
    Path full = jdk("27", "x86_64", "echo no room; exit 1");
    Files.createDirectories(full.resolve("jmods"));
    assertTrue(refused(out, full, root()).endsWith("jlink failed: no room"));
    Bundle homeless = new Bundle(out, linker(), List.of(), folder, false);
    assertThrows(NoSuchFileException.class, homeless::write);
    assertFalse(Files.exists(out));
    Path busy = Files.createDirectories(folder.resolve("busy/inside")).getParent();
    assertTrue(refused(busy, linker(), root()).contains("exists and is not an empty folder"));
    Path file = Files.writeString(folder.resolve("file"), "");
    assertTrue(refused(file, linker(), root()).contains("exists and is not an empty folder"));
    try (Stream<Path> left = Files.list(folder)) {
      assertTrue(left.noneMatch(p -> p.getFileName().toString().startsWith("refused")));
    }
  }
}
