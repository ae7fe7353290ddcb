/* Copyright the occ4j authors. SPDX-License-Identifier: Apache-2.0 */
package org.occ4j.jdbc;

import java.util.List;
import org.junit.jupiter.api.Tag;
import org.occ4j.testkit.Engine;

@Tag(Engine.MARIADB_TAG)
class MariadbDriverMatrixTest extends ServerDriverMatrixContract {
  MariadbDriverMatrixTest() {
    super(Engine.MARIADB);
  }

  @Override
  List<String> riskiest() {
    return List.of(
        "useServerPrepStmts=true cachePrepStmts=true prepStmtCacheSize=250 useBulkStmts=true"
            + " rewriteBatchedStatements=true useLocalSessionState=true",
        "useServerPrepStmts=true useAffectedRows=true defaultFetchSize=1",
        "useServerPrepStmts=true allowMultiQueries=true",
        "allowMultiQueries=true useBulkStmts=true useAffectedRows=true defaultFetchSize=1",
        "timezone=+05:45 disablePipeline=true useCompression=true",
        "useServerPrepStmts=true connectionTimeZone=-03:30"
            + " forceConnectionTimeZoneToSession=true preserveInstants=true tinyInt1isBit=false");
  }

  @Override
  List<String> others() {
    return List.of(
        "useServerPrepStmts=true",
        "useServerPrepStmts=true cachePrepStmts=false",
        "useServerPrepStmts=true prepStmtCacheSize=1",
        "cachePrepStmts=true",
        "allowMultiQueries=true",
        "rewriteBatchedStatements=true",
        "useBulkStmts=false",
        "useBulkStmts=true",
        "useBulkStmts=true useServerPrepStmts=true",
        "useBulkStmtsForInserts=false",
        "useAffectedRows=true",
        "useCompression=true",
        "useCompression=true useServerPrepStmts=true",
        "cacheCallableStmts=true",
        "transactionReplay=true",
        "transactionReplay=true useServerPrepStmts=true",
        "timezone=auto",
        "timezone=+00:00",
        "timezone=-03:30",
        "timezone=disable",
        "connectionTimeZone=LOCAL",
        "connectionTimeZone=SERVER",
        "connectionTimeZone=+13:00 forceConnectionTimeZoneToSession=true",
        "connectionTimeZone=Pacific/Apia preserveInstants=true",
        "preserveInstants=true",
        "pureLocalDateTime=true",
        "tinyInt1isBit=false",
        "tinyInt1isBit=false useServerPrepStmts=true",
        "transformedBitIsBoolean=true",
        "transformedBitIsBoolean=false",
        "yearIsDateType=false",
        "defaultFetchSize=1",
        "defaultFetchSize=1 useServerPrepStmts=true",
        "defaultFetchSize=2 useServerPrepStmts=true disablePipeline=true",
        "returnMultiValuesGeneratedIds=true",
        "disablePipeline=true",
        "disablePipeline=true useServerPrepStmts=true",
        "permitRedirect=true",
        "permitRedirect=false",
        "useMysqlMetadata=true",
        "useMysqlMetadata=true useServerPrepStmts=true",
        "blankTableNameMeta=true",
        "blankTableNameMeta=true useServerPrepStmts=true",
        "nullDatabaseMeansCurrent=true",
        "useCatalogTerm=SCHEMA",
        "useLocalSessionState=true",
        "readOnlyPropagatesToServer=false",
        "jdbcCompliantTruncation=false",
        "oldModeNoPrecisionTimestamp=true",
        "permitNoResults=false",
        "cacheCodecs=false",
        "uuidAsString=true",
        "useReadAheadInput=true",
        "useReadAheadInput=true useServerPrepStmts=true",
        "autocommit=false",
        "autocommit=false useServerPrepStmts=true",
        "transactionIsolation=READ-COMMITTED",
        "transactionIsolation=REPEATABLE-READ",
        "transactionIsolation=SERIALIZABLE",
        "maxAllowedPacket=1048576",
        "maxQuerySizeToLog=10 dumpQueriesOnException=true",
        "includeInnodbStatusInDeadlockExceptions=true includeThreadDumpInDeadlockExceptions=true",
        "allowLocalInfile=false",
        "connectionCollation=utf8mb4_unicode_ci",
        "connectionCollation=utf8mb4_bin",
        "sessionVariables=sql_mode='ANSI,STRICT_TRANS_TABLES'",
        "sessionVariables=sql_mode='NO_BACKSLASH_ESCAPES,STRICT_TRANS_TABLES'",
        "sessionVariables=sql_mode='NO_BACKSLASH_ESCAPES,STRICT_TRANS_TABLES'"
            + " useServerPrepStmts=true",
        "sessionVariables=sql_mode='TRADITIONAL'",
        "sessionVariables=innodb_snapshot_isolation=ON",
        "sessionVariables=time_zone='-09:30'",
        "sessionVariables=lock_wait_timeout=20",
        "sessionVariables=sql_select_limit=1000",
        "tcpKeepAlive=true socketTimeout=30000",
        "useIpForKillQuery=true",
        "useResetConnection=true",
        "useServerPrepStmts=true cachePrepStmts=true prepStmtCacheSize=2 useBulkStmts=true"
            + " useAffectedRows=true allowMultiQueries=true useCompression=true"
            + " defaultFetchSize=1 timezone=+05:45 tinyInt1isBit=false");
  }

  @Override
  List<String> refused() {
    return List.of();
  }
}
