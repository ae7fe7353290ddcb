/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import java.util.List;
import org.junit.jupiter.api.Tag;
import org.occ4j.testkit.Engine;

@Tag(Engine.POSTGRESQL_TAG)
class PostgresqlDriverMatrixTest extends ServerDriverMatrixContract {
  PostgresqlDriverMatrixTest() {
    super(Engine.POSTGRESQL);
  }

  /** Past five executions, the default; the short form has lower thresholds where it matters. */
  @Override
  int rounds(boolean full) {
    return full ? 7 : 3;
  }

  @Override
  List<String> riskiest() {
    return List.of(
        "prepareThreshold=1",
        "prepareThreshold=0",
        "preferQueryMode=simple",
        "preferQueryMode=extendedForPrepared",
        "preferQueryMode=extendedCacheEverything",
        "defaultRowFetchSize=1",
        "autosave=always prepareThreshold=1",
        "reWriteBatchedInserts=true stringtype=unspecified",
        "binaryTransfer=true prepareThreshold=1 options=-c%20TimeZone=Asia/Kathmandu");
  }

  @Override
  List<String> others() {
    return List.of(
        "prepareThreshold=2",
        "preferQueryMode=extended",
        "binaryTransfer=false",
        "binaryTransferEnable=int8,bytea,timestamptz,text prepareThreshold=1",
        "binaryTransferDisable=int8,bytea,bool prepareThreshold=1",
        "defaultRowFetchSize=2",
        "adaptiveFetch=true defaultRowFetchSize=1 maxResultBuffer=10M",
        "autosave=always",
        "autosave=conservative cleanupSavepoints=true",
        "autosave=conservative",
        "autosave=conservative prepareThreshold=1",
        "autosave=always preferQueryMode=simple",
        "reWriteBatchedInserts=true",
        "reWriteBatchedInserts=true prepareThreshold=1",
        "stringtype=unspecified",
        "stringtype=varchar",
        "preparedStatementCacheQueries=0",
        "preparedStatementCacheQueries=1 prepareThreshold=1",
        "preparedStatementCacheSizeMiB=0",
        "databaseMetadataCacheFields=0",
        "assumeMinServerVersion=9.4",
        "assumeMinServerVersion=17",
        "escapeSyntaxCallMode=call",
        "escapeSyntaxCallMode=callIfNoReturn",
        "readOnlyMode=always",
        "readOnlyMode=ignore",
        "options=-c%20TimeZone=America/St_Johns",
        "options=-c%20DateStyle=SQL,DMY",
        "options=-c%20bytea_output=escape",
        "options=-c%20bytea_output=escape preferQueryMode=simple",
        "options=-c%20standard_conforming_strings=off",
        "options=-c%20plan_cache_mode=force_generic_plan prepareThreshold=1",
        "options=-c%20plan_cache_mode=force_custom_plan prepareThreshold=1",
        "options=-c%20extra_float_digits=0",
        "options=-c%20intervalstyle=iso_8601",
        "options=-c%20default_transaction_isolation=repeatable%5C%20read",
        "options=-c%20default_transaction_isolation=serializable",
        "options=-c%20synchronous_commit=off",
        "options=-c%20lock_timeout=5000%20-c%20statement_timeout=20000",
        "options=-c%20idle_in_transaction_session_timeout=20000",
        "options=-c%20enable_indexscan=off",
        "currentSchema=public",
        "unknownLength=100",
        "logUnclosedConnections=true",
        "logServerErrorDetail=false",
        "disableColumnSanitiser=true",
        "allowEncodingChanges=true",
        "quoteReturningIdentifiers=false",
        "loadBalanceHosts=true",
        "targetServerType=primary",
        "hideUnprivilegedObjects=true",
        "tcpKeepAlive=true",
        "tcpNoDelay=false",
        "socketTimeout=30 cancelSignalTimeout=5",
        "queryTimeout=20",
        "groupStartupParameters=true",
        "ApplicationName=occ4j",
        "replication=false",
        "maxResultBuffer=5p",
        "channelBinding=disable",
        "localSocketAddress=127.0.0.1",
        "preferQueryMode=simple prepareThreshold=0 options=-c%20TimeZone=Pacific/Apia",
        "preferQueryMode=extendedCacheEverything prepareThreshold=1 defaultRowFetchSize=1"
            + " autosave=always reWriteBatchedInserts=true");
  }

  @Override
  List<String> refused() {
    return List.of(
        "prepareThreshold=-1",
        "autosave=always cleanupSavepoints=true",
        "options=-c%20standard_conforming_strings=off preferQueryMode=simple");
  }
}
