package org.adjoint.tutorials;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.time.LocalDateTime;
import java.util.Comparator;
import java.util.Enumeration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;

/**
 * A folder that runs the command on another machine: a Java runtime, the jars, a script. Equal
 * inputs give equal files with equal times; links alone have times of their own.
 *
 * @param out the folder; it may not exist, or be empty
 * @param jdk a JDK for the machine that the bundle is for
 * @param classPath jars, and folders of classes, which become jars
 * @param home the checkout, for the scripts in its folder bench
 * @param data whether the digits of MNIST go along
 */
record Bundle(Path out, Path jdk, List<Path> classPath, Path home, boolean data) {
  /** What a command of the bundle uses of the JDK. */
  private static final String MODULES =
      "java.base,java.logging,java.management,jdk.incubator.vector,jdk.management,jdk.unsupported";

  /** Jars of micro-benchmarks, which no command runs. */
  private static final Pattern LEFT_OUT =
      Pattern.compile("(?:jmh-|jopt-simple-|commons-math3-).*\\.jar");

  private static final String DIGITS = "org/adjoint/tutorials/mnist/";
  private static final FileTime WRITTEN = FileTime.from(Instant.parse("2000-01-01T00:00:00Z"));
  private static final LocalDateTime ENTERED = LocalDateTime.of(2000, 1, 1, 0, 0);
  private static final int LEAST_VERSION = 25;

  /**
   * Writes the folder, or nothing.
   *
   * @throws IOException if the JDK does not serve, the folder is not empty, or cannot be written
   */
  void write() throws IOException, InterruptedException {
    requireJdk();
    if (Files.exists(out) && !isEmptyFolder()) {
      throw new FileSystemException(
          out.toString(), null, "exists and is not an empty folder; name another, or remove it");
    }
    Path scripts = home.resolve("bench");
    Path report = scripts.resolve("gpu-report");
    Path peer = scripts.resolve("src/main/python/peer.py");
    for (Path script : List.of(report, peer)) {
      if (!Files.isRegularFile(script)) {
        throw new NoSuchFileException(script.toString());
      }
    }
    Path whole = out.toAbsolutePath();
    Files.createDirectories(whole.getParent());
    Path part = Files.createTempDirectory(whole.getParent(), whole.getFileName() + ".");
    try {
      link(part.resolve("runtime"));
      Path lib = Files.createDirectory(part.resolve("lib"));
      int folders = 0;
      for (Path entry : classPath) {
        if (Files.isDirectory(entry)) {
          jar(entry, lib.resolve("adjoint-classes-" + ++folders + ".jar"));
        } else if (!LEFT_OUT.matcher(entry.getFileName().toString()).matches()) {
          copy(entry, lib.resolve(entry.getFileName().toString()));
        }
      }
      script(resource("adjoint"), part.resolve("adjoint"));
      Files.write(part.resolve("README"), resource("README"));
      Path bench = Files.createDirectory(part.resolve("bench"));
      script(Files.readAllBytes(report), bench.resolve("gpu-report"));
      script(Files.readAllBytes(peer), bench.resolve("peer.py"));
      Files.setPosixFilePermissions(part, PosixFilePermissions.fromString("rwxr-xr-x"));
      settle(part);
      Files.deleteIfExists(whole);
      Files.move(part, whole, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      remove(part);
    }
  }

  // ---- the runtime ----------------------------------------------------------------------------

  private void requireJdk() throws IOException {
    Path release = jdk.resolve("release");
    if (!Files.isExecutable(jdk.resolve("bin/jlink")) || !Files.isRegularFile(release)) {
      throw new FileSystemException(
          jdk.toString(), null, "is no JDK, it has no bin/jlink; name one with --jdk");
    }
    String facts = Files.readString(release);
    String version = fact(facts, "JAVA_VERSION");
    String system = fact(facts, "OS_NAME") + " " + fact(facts, "OS_ARCH");
    if (!version.matches("\\d+.*")
        || Integer.parseInt(version.replaceAll("\\D.*", "")) < LEAST_VERSION) {
      throw new FileSystemException(
          jdk.toString(), null, "is Java " + version + "; name a JDK 25 or later with --jdk");
    }
    if (!system.equals("Linux x86_64")) {
      throw new FileSystemException(
          jdk.toString(),
          null,
          "is for " + system + ", the bundle is for Linux x86_64; name such a JDK with --jdk");
    }
  }

  private static String fact(String release, String name) {
    Matcher m = Pattern.compile("(?m)^" + name + "=\"([^\"]*)\"").matcher(release);
    return m.find() ? m.group(1) : "unknown";
  }

  private void link(Path runtime) throws IOException, InterruptedException {
    Process jlink =
        new ProcessBuilder(
                jdk.resolve("bin/jlink").toString(),
                "--add-modules",
                MODULES,
                "--compress",
                "zip-9",
                "--strip-java-debug-attributes",
                "--no-header-files",
                "--no-man-pages",
                "--output",
                runtime.toString())
            .redirectErrorStream(true)
            .start();
    String said;
    try (InputStream text = jlink.getInputStream()) {
      said = new String(text.readAllBytes(), StandardCharsets.UTF_8).strip();
    }
    if (jlink.waitFor() != 0) {
      String remedy =
          Files.isDirectory(jdk.resolve("jmods"))
              ? ""
              : "; it has no folder jmods: install the JDK's jmods, or name another JDK with --jdk";
      throw new FileSystemException(jdk.toString(), null, "jlink failed: " + said + remedy);
    }
  }

  // ---- jars and scripts -----------------------------------------------------------------------

  private boolean carried(String entry) {
    return data || !entry.startsWith(DIGITS) || entry.equals(DIGITS);
  }

  /** Copies a jar byte by byte; only the one that holds the digits may have to be written anew. */
  private void copy(Path jar, Path target) throws IOException {
    try (ZipFile zip = new ZipFile(jar.toFile())) {
      if (zip.stream().allMatch(e -> carried(e.getName()))) {
        Files.copy(jar, target);
        return;
      }
      try (ZipOutputStream to = new ZipOutputStream(Files.newOutputStream(target))) {
        Enumeration<? extends ZipEntry> entries = zip.entries();
        while (entries.hasMoreElements()) {
          ZipEntry entry = entries.nextElement();
          if (carried(entry.getName())) {
            try (InputStream content = zip.getInputStream(entry)) {
              put(to, entry.getName(), entry.getTimeLocal(), content.readAllBytes());
            }
          }
        }
      }
    }
  }

  private void jar(Path folder, Path target) throws IOException {
    List<Path> files;
    try (Stream<Path> all = Files.walk(folder)) {
      files = all.filter(Files::isRegularFile).sorted().toList();
    }
    try (ZipOutputStream to = new ZipOutputStream(Files.newOutputStream(target))) {
      for (Path file : files) {
        String name = folder.relativize(file).toString();
        if (carried(name)) {
          put(to, name, ENTERED, Files.readAllBytes(file));
        }
      }
    }
  }

  private static void put(ZipOutputStream to, String name, LocalDateTime time, byte[] content)
      throws IOException {
    ZipEntry entry = new ZipEntry(name);
    entry.setTimeLocal(time);
    to.putNextEntry(entry);
    to.write(content);
    to.closeEntry();
  }

  private static void script(byte[] text, Path target) throws IOException {
    Files.write(target, text);
    Files.setPosixFilePermissions(target, PosixFilePermissions.fromString("rwxr-xr-x"));
  }

  private static byte[] resource(String name) throws IOException {
    try (InputStream in = Bundle.class.getResourceAsStream("bundle/" + name)) {
      if (in == null) {
        throw new NoSuchFileException("bundle/" + name);
      }
      return in.readAllBytes();
    }
  }

  // ---- the folder -----------------------------------------------------------------------------

  private boolean isEmptyFolder() throws IOException {
    if (!Files.isDirectory(out)) {
      return false;
    }
    try (Stream<Path> entries = Files.list(out)) {
      return entries.findAny().isEmpty();
    }
  }

  /** Gives all that is in a folder, and the folder, one time. */
  private static void settle(Path folder) throws IOException {
    try (Stream<Path> all = Files.walk(folder)) {
      all.filter(p -> !Files.isSymbolicLink(p))
          .sorted(Comparator.reverseOrder())
          .forEach(
              p -> {
                try {
                  Files.setLastModifiedTime(p, WRITTEN);
                } catch (IOException e) {
                  throw new UncheckedIOException(e);
                }
              });
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  private static void remove(Path folder) throws IOException {
    if (Files.exists(folder)) {
      try (Stream<Path> all = Files.walk(folder)) {
        for (Path p : all.sorted(Comparator.reverseOrder()).toList()) {
          Files.delete(p);
        }
      }
    }
  }

  /** Returns how many bytes the folder holds. */
  long bytes() throws IOException {
    try (Stream<Path> all = Files.walk(out)) {
      return all.filter(Files::isRegularFile).mapToLong(p -> p.toFile().length()).sum();
    }
  }
}
