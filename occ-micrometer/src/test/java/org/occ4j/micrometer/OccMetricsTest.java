/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.micrometer;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.micrometer.core.instrument.FunctionTimer;
import io.micrometer.core.instrument.Tags;
import io.micrometer.core.instrument.TimeGauge;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.h2.jdbcx.JdbcDataSource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.occ4j.Codec;
import org.occ4j.Expected;
import org.occ4j.KeyCodec;
import org.occ4j.MutationId;
import org.occ4j.Scope;
import org.occ4j.cache.CachedStore;
import org.occ4j.cache.TaggedCache;
import org.occ4j.cache.jdbc.JdbcTaggedCache;
import org.occ4j.jdbc.JdbcMutationPipeline;
import org.occ4j.jdbc.JdbcVersionedStore;
import org.occ4j.jdbc.OccDatabase;
import org.occ4j.mutation.Edit;
import org.occ4j.mutation.Mutation;

class OccMetricsTest {
  private static final Path DASHBOARD = Path.of("../docs/grafana/occ4j.json");
  private static final Path PAGE = Path.of("../docs/operations.md");

  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private OccDatabase db;
  private TaggedCache<String, String> cache;

  @BeforeEach
  void open() {
    JdbcDataSource h2 = new JdbcDataSource();
    h2.setURL("jdbc:h2:mem:" + UUID.randomUUID() + ";DB_CLOSE_DELAY=-1");
    db = OccDatabase.builder(h2).createSchema().open();
    cache = TaggedCache.<String, String>builder("tasks").recordStats().build();
  }

  @AfterEach
  void close() {
    cache.close();
    db.close();
  }

  private void useEverything() throws Exception {
    JdbcVersionedStore<String, String> tasks =
        db.store("task", KeyCodec.strings(), Codec.strings());
    JdbcMutationPipeline<String, String> pipeline = db.pipeline(tasks, Codec.strings()).build();
    MutationId id = new MutationId(new Scope("acme", "ada", "put"), UUID.randomUUID());
    Mutation<String, String> put = Mutation.of(id, "42", Expected.any(), Edit.set("x")).build();
    pipeline.apply(put);
    pipeline.apply(put);
    db.mutex("orders").acquire("1").close();
  }

  @Test
  void bindTo_mutationsWereApplied_countsThemByOutcome() throws Exception {
    useEverything();
    new OccMetrics(db, Tags.of("db", "main")).bindTo(registry);
    assertThat(count("occ.pipeline.mutations", "outcome", "applied", "db", "main")).isOne();
    assertThat(count("occ.pipeline.mutations", "outcome", "replayed", "store", "task")).isOne();
    assertThat(count("occ.registry.calls", "outcome", "executed")).isOne();
    FunctionTimer times = registry.get("occ.pipeline.duration").functionTimer();
    assertThat(times.count()).isEqualTo(2);
    assertThat(times.totalTime(TimeUnit.NANOSECONDS)).isPositive();
    assertThat(count("occ.pipeline.duration.histogram", "le", "+Inf")).isEqualTo(2);
    assertThat(registry.get("occ.changes.lag").timeGauge().value()).isZero();
  }

  @Test
  void bindTo_partsMadeLater_appearWhenOthersAreRead() throws Exception {
    new OccMetrics(db).bindTo(registry);
    assertThat(registry.find("occ.mutex.held").gauges()).isEmpty();
    useEverything();
    TimeGauge any = registry.get("occ.changes.lag").timeGauge();
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
    while (registry.find("occ.mutex.held").gauges().isEmpty() && System.nanoTime() < deadline) {
      any.value();
      Thread.onSpinWait();
    }
    assertThat(registry.get("occ.mutex.held").tag("namespace", "orders").gauge().value()).isZero();
  }

  /** Nobody else keeps a binder. */
  @Test
  void bindTo_binderIsDropped_metersGoOn() throws Exception {
    useEverything();
    new OccMetrics(db).bindTo(registry);
    System.gc();
    assertThat(count("occ.pipeline.mutations", "outcome", "applied")).isOne();
  }

  @Test
  void names_areMicrometers_andTheirTagsAreBounded() throws Exception {
    assertThat(names()).allMatch(name -> name.matches("occ(\\.[a-z]+)+"));
    Set<String> tags =
        registry.getMeters().stream()
            .flatMap(meter -> meter.getId().getTags().stream())
            .map(tag -> tag.getKey())
            .collect(Collectors.toSet());
    assertThat(tags).containsOnly("store", "namespace", "outcome", "result", "rows", "le", "cache");
  }

  @Test
  void bindTo_cacheWasRead_countsHitsAndMisses() throws Exception {
    new OccCacheMetrics(cache).bindTo(registry);
    cache.get("1", (key, load) -> "x");
    cache.get("1", (key, load) -> "y");
    assertThat(count("occ.cache.gets", "result", "hit", "cache", "tasks")).isOne();
    assertThat(count("occ.cache.gets", "result", "miss")).isOne();
    assertThat(registry.get("occ.cache.load").functionTimer().count()).isOne();
  }

  @Test
  void bindTo_cachedStoreWasRead_countsItsStatesAndItsQueriesApart() {
    JdbcVersionedStore<String, String> tasks =
        db.store("task", KeyCodec.strings(), Codec.strings());
    try (CachedStore<String, String> cached = JdbcTaggedCache.of(tasks).build()) {
      new OccCacheMetrics(cached).bindTo(registry);
      assertThat(cached.get("1")).isEmpty();
      assertThat(cached.<Integer>query("how many", (question, load) -> 0)).isZero();
      for (String name : List.of(cached.name(), cached.name() + " queries")) {
        assertThat(count("occ.cache.gets", "result", "miss", "cache", name)).isOne();
      }
    }
  }

  // ---- what is written about them

  @Test
  void page_namesEachMeterAndNoOther() throws Exception {
    assertThat(found(Files.readString(PAGE), "`(occ(?:\\.[a-z]+)+)`")).isEqualTo(names());
  }

  @Test
  void dashboard_asksForMetersThatAreThere() throws Exception {
    JsonNode dashboard = new ObjectMapper().readTree(DASHBOARD.toFile());
    Set<String> asked = new TreeSet<>();
    for (JsonNode expression : dashboard.findValues("expr")) {
      asked.addAll(found(expression.asText(), "(occ_[a-z_]+)"));
    }
    assertThat(asked).hasSizeGreaterThan(10).isSubsetOf(prometheusNames());
    assertThat(dashboard.get("panels")).isNotEmpty();
    assertThat(dashboard.get("title").asText()).isEqualTo("occ4j");
  }

  private Set<String> names() throws Exception {
    useEverything();
    new OccMetrics(db).bindTo(registry);
    new OccCacheMetrics(cache).bindTo(registry);
    return registry.getMeters().stream()
        .map(meter -> meter.getId().getName())
        .collect(Collectors.toCollection(TreeSet::new));
  }

  /** What Prometheus is told. */
  private Set<String> prometheusNames() throws Exception {
    useEverything();
    PrometheusMeterRegistry prometheus = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    new OccMetrics(db).bindTo(prometheus);
    new OccCacheMetrics(cache).bindTo(prometheus);
    return found(prometheus.scrape(), "(?m)^([a-z_]+)[{ ]");
  }

  private static Set<String> found(String text, String pattern) {
    Matcher matcher = Pattern.compile(pattern).matcher(text);
    Set<String> names = new TreeSet<>();
    while (matcher.find()) {
      names.add(matcher.group(1));
    }
    return names;
  }

  private double count(String name, String... tags) {
    return registry.get(name).tags(tags).functionCounter().count();
  }
}
