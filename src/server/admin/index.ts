/** The administration: all its sections on one server. A new section installs itself here and stands in the menu. */

import type { FastifyInstance } from 'fastify';

import type { ServerContext } from '../server-context.ts';
import { installAboutSection } from './about-section.ts';
import { installClusterSection } from './cluster-section.ts';
import { installCollectionsSection } from './collections-section.ts';
import { installCrawlRecordsSection } from './crawl-records-section.ts';
import { installCrawlSection } from './crawl-section.ts';
import { AdminDesk } from './desk.ts';
import { installDocumentsSection } from './documents-section.ts';
import { installJobsSection } from './jobs-section.ts';
import { installKeysSection } from './keys-section.ts';
import { installLabSection } from './lab-section.ts';
import { installOverview } from './overview-section.ts';
import { installLookSection } from './look-section.ts';
import { installParseSection } from './parse-section.ts';
import { installQuerySection } from './query-section.ts';
import { installRecordsSections } from './records-sections.ts';
import { installRulesSection } from './rules-section.ts';
import { installSettingsSection } from './settings-section.ts';
import { installSnapshotsSection } from './snapshots-section.ts';
import { installStoreSection } from './store-section.ts';
import { installTermsSection } from './terms-section.ts';
import { installTransferSection } from './transfer-section.ts';

export function installAdministration(server: FastifyInstance, context: ServerContext): AdminDesk {
  const desk = new AdminDesk(server, context);
  for (const install of [
    installOverview,
    installCrawlSection,
    installCrawlRecordsSection,
    installJobsSection,
    installRecordsSections,
    installDocumentsSection,
    installRulesSection,
    installTransferSection,
    installCollectionsSection,
    installLookSection,
    installQuerySection,
    installLabSection,
    installTermsSection,
    installParseSection,
    installStoreSection,
    installSnapshotsSection,
    installClusterSection,
    installSettingsSection,
    installKeysSection,
    installAboutSection,
  ]) {
    install(desk);
  }
  return desk;
}
