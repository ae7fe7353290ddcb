/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.recipes;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.net.InetAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.Map;
import java.util.UUID;
import java.util.function.Function;
import org.apache.catalina.Context;
import org.apache.catalina.startup.Tomcat;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.occ4j.KeyCodec;
import org.occ4j.Scope;
import org.occ4j.http.HttpAnswer;
import org.occ4j.http.HttpContract;
import org.occ4j.http.WriteRequest;
import org.occ4j.mutation.Edit;
import org.occ4j.mutation.Mutation;
import org.occ4j.mutation.MutationPipeline;
import org.occ4j.store.VersionedStore;

/** The wire contract in a servlet. */
class ServletTest {

  /** The recipe. */
  static final class TaskServlet extends HttpServlet {
    private static final long serialVersionUID = 1;

    private final transient ObjectMapper json = new ObjectMapper();
    private final transient VersionedStore<String, String> tasks =
        VersionedStore.inMemory(KeyCodec.strings());
    private final transient MutationPipeline<String, String> pipeline =
        MutationPipeline.inMemory(tasks).build();
    private final transient HttpContract<String> contract =
        HttpContract.<String>builder(
                state -> Map.of("title", state.value(), "version", state.version()))
            .build();

    @Override
    protected void doGet(HttpServletRequest request, HttpServletResponse response)
        throws IOException {
      send(contract.read(headers(request), tasks.get(request.getPathInfo())), response);
    }

    @Override
    @SuppressWarnings("unchecked")
    protected void doPut(HttpServletRequest request, HttpServletResponse response)
        throws IOException {
      Map<String, Object> body = json.readValue(request.getInputStream(), Map.class);
      Edit<String> edit = Edit.set((String) body.get("title"));
      Scope scope = new Scope("acme", "ana", "task.put");
      HttpAnswer answer =
          contract.handle(
              WriteRequest.read(headers(request), body, scope),
              asked ->
                  pipeline.apply(
                      Mutation.of(asked.id(), request.getPathInfo(), asked.expected(), edit)
                          .build()));
      send(answer, response);
    }

    /** Several lines of one header are one list. */
    private static Function<String, String> headers(HttpServletRequest request) {
      return name -> WriteRequest.joined(Collections.list(request.getHeaders(name)));
    }

    /** The adapter. */
    private void send(HttpAnswer answer, HttpServletResponse response) throws IOException {
      response.setStatus(answer.status());
      response.setContentType("application/json"); // a problem's own type replaces it
      answer.headers().forEach(response::setHeader);
      if (answer.body() != null) {
        response.getOutputStream().write(json.writeValueAsBytes(answer.body()));
      }
    }
  }

  private static HttpResponse<String> put(URI uri, String title, String... headers)
      throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(uri)
            .timeout(Duration.ofMinutes(1))
            .headers(headers)
            .header("Idempotency-Key", "\"" + UUID.randomUUID() + "\"")
            .PUT(BodyPublishers.ofString("{\"title\":\"" + title + "\"}"))
            .build();
    return HttpClient.newHttpClient().send(request, BodyHandlers.ofString());
  }

  @Test
  void servlet_answersWritesAndReads(@TempDir Path folder) throws Exception {
    Tomcat tomcat = new Tomcat();
    tomcat.setBaseDir(folder.toString());
    tomcat.setPort(0);
    tomcat.getConnector().setProperty("address", InetAddress.getLoopbackAddress().getHostAddress());
    Context context = tomcat.addContext("", null);
    Tomcat.addServlet(context, "tasks", new TaskServlet());
    context.addServletMappingDecoded("/tasks/*", "tasks");
    tomcat.start();
    try {
      URI uri = URI.create("http://127.0.0.1:" + tomcat.getConnector().getLocalPort() + "/tasks/1");
      HttpResponse<String> created = put(uri, "Tidy", "If-None-Match", "*");
      assertThat(created.statusCode()).isEqualTo(201);
      String etag = created.headers().firstValue("ETag").orElseThrow();
      assertThat(put(uri, "Tidy up", "If-Match", etag).statusCode()).isEqualTo(200);
      HttpResponse<String> late = put(uri, "Late", "If-Match", etag);
      assertThat(late.statusCode()).isEqualTo(412);
      assertThat(late.headers().firstValue("Content-Type").orElseThrow())
          .startsWith("application/problem+json");
      assertThat(late.body()).contains("Tidy up");
      HttpResponse<String> read =
          HttpClient.newHttpClient()
              .send(
                  HttpRequest.newBuilder(uri).timeout(Duration.ofMinutes(1)).build(),
                  BodyHandlers.ofString());
      assertThat(read.body()).contains("Tidy up");
    } finally {
      tomcat.stop();
      tomcat.destroy();
    }
  }
}
