/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import java.util.List;
import org.junit.jupiter.api.Tag;
import org.occ4j.testkit.Engine;

@Tag(Engine.MARIADB_TAG)
class MariadbMysqlDriverMatrixTest extends ServerDriverMatrixContract {

  /** What HikariCP's pages recommend. */
  private static final String HIKARI =
      "cachePrepStmts=true prepStmtCacheSize=250 prepStmtCacheSqlLimit=2048 useServerPrepStmts=true"
          + " useLocalSessionState=true rewriteBatchedStatements=true cacheResultSetMetadata=true"
          + " cacheServerConfiguration=true elideSetAutoCommits=true maintainTimeStats=false";

  MariadbMysqlDriverMatrixTest() {
    super(Engine.MARIADB_MYSQL_DRIVER);
  }

  @Override
  List<String> riskiest() {
    return List.of(
        HIKARI,
        "useServerPrepStmts=true cachePrepStmts=true prepStmtCacheSqlLimit=9999"
            + " cacheResultSetMetadata=true",
        "useServerPrepStmts=true useCursorFetch=true defaultFetchSize=1 useAffectedRows=true",
        "useServerPrepStmts=true allowMultiQueries=true useLocalTransactionState=true",
        "connectionTimeZone=%2B05:45 forceConnectionTimeZoneToSession=true"
            + " sendFractionalSeconds=false tinyInt1isBit=false useCompression=true");
  }

  @Override
  List<String> others() {
    return List.of(
        "useServerPrepStmts=true",
        "useServerPrepStmts=true cachePrepStmts=true",
        "useServerPrepStmts=true cachePrepStmts=true prepStmtCacheSqlLimit=9999",
        "useServerPrepStmts=true cachePrepStmts=true prepStmtCacheSqlLimit=9999"
            + " prepStmtCacheSize=1",
        "useServerPrepStmts=true cacheResultSetMetadata=true",
        "cachePrepStmts=true",
        "cachePrepStmts=true prepStmtCacheSqlLimit=9999 prepStmtCacheSize=500",
        "cacheResultSetMetadata=true",
        "cacheResultSetMetadata=true cachePrepStmts=true prepStmtCacheSqlLimit=9999",
        "cacheCallableStmts=true",
        "useLocalSessionState=true",
        "useLocalTransactionState=true",
        "useLocalTransactionState=true useServerPrepStmts=true",
        "useLocalSessionState=true useLocalTransactionState=true elideSetAutoCommits=true",
        "rewriteBatchedStatements=true",
        "rewriteBatchedStatements=true useServerPrepStmts=true",
        "allowMultiQueries=true",
        "allowMultiQueries=true rewriteBatchedStatements=true",
        "useAffectedRows=true",
        "useAffectedRows=true useServerPrepStmts=true",
        "useCursorFetch=true defaultFetchSize=1",
        "useCursorFetch=true defaultFetchSize=2 cachePrepStmts=true prepStmtCacheSqlLimit=9999",
        "defaultFetchSize=1",
        "defaultFetchSize=1 useServerPrepStmts=true",
        "elideSetAutoCommits=true",
        "alwaysSendSetIsolation=false",
        "cacheServerConfiguration=true",
        "maintainTimeStats=false",
        "useCompression=true",
        "connectionTimeZone=LOCAL",
        "connectionTimeZone=SERVER",
        "connectionTimeZone=-03:30 forceConnectionTimeZoneToSession=true",
        "connectionTimeZone=Pacific/Apia",
        "connectionTimeZone=America/St_Johns preserveInstants=false",
        "connectionTimeZone=America/St_Johns preserveInstants=true useServerPrepStmts=true",
        "treatMysqlDatetimeAsTimestamp=true connectionTimeZone=Asia/Kathmandu",
        "cacheDefaultTimeZone=false",
        "sendFractionalSeconds=false",
        "sendFractionalSeconds=false useServerPrepStmts=true",
        "tinyInt1isBit=false",
        "tinyInt1isBit=false useServerPrepStmts=true",
        "transformedBitIsBoolean=true",
        "yearIsDateType=false",
        "emulateUnsupportedPstmts=false",
        "dontTrackOpenResources=true",
        "dontTrackOpenResources=true useServerPrepStmts=true cachePrepStmts=true"
            + " prepStmtCacheSqlLimit=9999",
        "holdResultsOpenOverStatementClose=true",
        "enableQueryTimeouts=false",
        "queryTimeoutKillsConnection=true",
        "jdbcCompliantTruncation=false",
        "useOldAliasMetadataBehavior=true",
        "noDatetimeStringSync=true",
        "processEscapeCodesForPrepStmts=false",
        "processEscapeCodesForPrepStmts=false useServerPrepStmts=true",
        "enableEscapeProcessing=false",
        "generateSimpleParameterMetadata=true",
        "compensateOnDuplicateKeyUpdateCounts=true",
        "dontCheckOnDuplicateKeyUpdateInSQL=true",
        "continueBatchOnError=false",
        "useReadAheadInput=false",
        "useUnbufferedInput=false",
        "scrollTolerantForwardOnly=true",
        "useColumnNamesInFindColumn=true",
        "blobsAreStrings=true",
        "functionsNeverReturnBlobs=true",
        "emulateLocators=true",
        "emptyStringsConvertToZero=false",
        "padCharsWithSpace=true",
        "autoClosePStmtStreams=true",
        "strictUpdates=false",
        "pedantic=true",
        "ultraDevHack=true",
        "trackSessionState=true",
        "autoReconnect=true",
        "autoReconnect=true autoReconnectForPools=true",
        "reconnectAtTxEnd=true autoReconnect=true",
        "readOnlyPropagatesToServer=false",
        "useInformationSchema=true",
        "databaseTerm=SCHEMA",
        "nullDatabaseMeansCurrent=true",
        "includeThreadNamesAsStatementComment=true",
        "includeInnodbStatusInDeadlockExceptions=true includeThreadDumpInDeadlockExceptions=true",
        "dumpQueriesOnException=true",
        "ignoreNonTxTables=true",
        "useOnlyServerErrorMessages=false",
        "profileSQL=false logSlowQueries=true",
        "useNanosForElapsedTime=true gatherPerfMetrics=true",
        "interactiveClient=true",
        "characterEncoding=UTF-8",
        "connectionCollation=utf8mb4_unicode_ci",
        "characterSetResults=utf8mb4",
        "sessionVariables=sql_mode='ANSI'",
        "sessionVariables=sql_mode='ANSI,STRICT_TRANS_TABLES' useServerPrepStmts=true",
        "sessionVariables=sql_mode='NO_BACKSLASH_ESCAPES,STRICT_TRANS_TABLES'",
        "sessionVariables=time_zone='-09:30'",
        "sessionVariables=innodb_snapshot_isolation=ON",
        "sessionVariables=sql_select_limit=1000",
        "maxAllowedPacket=1048576",
        "netTimeoutForStreamingResults=60",
        "tcpNoDelay=false socketTimeout=30000",
        HIKARI.replace("2048", "9999") + " useAffectedRows=true allowMultiQueries=true",
        HIKARI.replace("2048", "9999")
            + " useLocalTransactionState=true useCursorFetch=true defaultFetchSize=1"
            + " alwaysSendSetIsolation=false useCompression=true tinyInt1isBit=false"
            + " connectionTimeZone=Asia/Kathmandu");
  }

  @Override
  List<String> refused() {
    return List.of("useServerPrepStmts=true emulateUnsupportedPstmts=false");
  }
}
