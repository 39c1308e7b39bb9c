"""The names of user permissions that an org knows (``Permissions<Name>`` of PermissionSet).

From the describe of real orgs as public type definitions record it (jsforce's standard schema, about API 45), from
@salesforce/types 1.7.1, and from public code and vendors (``ViewClientSecret``, ``ClientSecretRotation``,
``UseAnyApiAuth``). An org's editions and licences add others: what is not here is unknown in this org.
``AllowUniversalSearch`` is left out: it is the name that orgs were seen to refuse
(declarative-lookup-rollup-summaries#58).
"""

from __future__ import annotations

from sfmeta.localorg.features import API_ACCESS_CONTROL
from sfmeta.localorg.state import OrgFacts

_GATED = {"UseAnyApiClient": API_ACCESS_CONTROL}

_NAMES = """
    AccessCMC ActivateContract ActivateOrder AddAnalyticsRemoteConnections AddDirectMessageMembers AllowEmailIC
    AllowLightningLogin AllowViewEditConvertedLeads AllowViewKnowledge ApexRestServices ApiEnabled ApiUserOnly
    AssignPermissionSets AssignTopics AuthorApex BulkApiHardDelete BulkMacrosAllowed BypassEmailApproval
    CampaignInfluence2 CanApproveFeedPost CanApproveUninstalledApps CanDisableConnectedApps CanEditDataPrepRecipe
    CanInsertFeedSystemFields CanUseNewDashboardBuilder CanVerifyComment ChangeDashboardColors
    ChatterComposeUiCodesnippet ChatterEditOwnPost ChatterEditOwnRecordPost ChatterFileLink ChatterInternalUser
    ChatterInviteExternalUsers ChatterOwnGroups ClientSecretRotation CloseConversations ConfigCustomRecs
    ConnectOrgToEnvironmentHub ContentAdministrator ContentHubUser ContentWorkspaces ConvertLeads
    CreateCustomizeDashboards CreateCustomizeFilters CreateCustomizeReports CreateDashboardFolders
    CreateReportFolders CreateReportInLightning CreateTopics CreateWorkBadgeDefinition CreateWorkspaces
    CustomMobileAppsAccess CustomizeApplication DataExport DelegatedPortalUserAdmin DelegatedTwoFactor
    DeleteActivatedContract DeleteTopics DistributeFromPersWksp EditActivatedOrders EditBillingInfo
    EditBrandTemplates EditCaseComments EditEvent EditHtmlTemplates EditKnowledge EditMyDashboards EditMyReports
    EditOppLineItemUnitPrice EditPublicDocuments EditPublicFilters EditPublicTemplates EditReadonlyFields EditTask
    EditTopics EmailAdministration EmailMass EmailSingle EmailTemplateManagement EnableCommunityAppLauncher
    EnableNotifications ExportReport ExternalClientAppAdmin ExternalClientAppDeveloper ExternalClientAppViewer
    FeedPinning FlowUFLRequired ForceTwoFactor FreezeUsers GovernNetworks HideReadByList IdentityConnect
    IdentityEnabled ImportCustomObjects ImportLeads ImportPersonal InboundMigrationToolsUser
    InsightsAppAdmin InsightsAppDashboardEditor InsightsAppEltEditor InsightsAppUploadUser InsightsAppUser
    InsightsCreateApplication InstallPackaging IotUser LightningConsoleAllowedForUser LightningExperienceUser
    ListEmailSend LtngPromoReserved01UserPerm ManageAnalyticSnapshots ManageAuthProviders
    ManageBusinessHourHolidays ManageCallCenters ManageCases ManageCategories ManageCertificates
    ManageChatterMessages ManageContentPermissions ManageContentProperties ManageContentTypes ManageCssUsers
    ManageCustomPermissions ManageCustomReportTypes ManageDashbdsInPubFolders ManageDataCategories
    ManageDataIntegrations ManageEmailClientConfig ManageEntitlements ManageExchangeConfig ManageHealthCheck
    ManageInteraction ManageInternalUsers ManageIpAddresses ManageKnowledge ManageKnowledgeImportExport ManageLeads
    ManageLoginAccessPolicies ManageMobile ManageNetworks ManagePasswordPolicies ManageProfilesPermissionsets
    ManagePropositions ManagePvtRptsAndDashbds ManageRecommendationStrategies ManageRemoteAccess
    ManageReportsInPubFolders ManageRoles ManageSandboxes ManageSearchPromotionRules ManageSessionPermissionSets
    ManageSharing ManageSolutions ManageSurveys ManageSynonyms ManageTemplatedApp ManageTranslation ManageTwoFactor
    ManageUnlistedGroups ManageUsers MassInlineEdit MergeTopics ModerateChatter ModerateNetworkUsers
    ModifyAllData ModifyMetadata NewReportBuilder OutboundMigrationToolsUser Packaging2 PasswordNeverExpires
    PortalSuperUser PreventClassicExperience RecordVisibilityAPI RemoveDirectMessageMembers ResetPasswords RunFlow
    RunReports SalesConsole ScheduleJob ScheduleReports SelectFilesFromSalesforce SendAnnouncementEmails
    SendSitRequests ShareInternalArticles ShowCompanyNameAsUserBadge SolutionImport SubmitMacrosAllowed
    SubscribeDashboardToOtherUsers SubscribeReportToOtherUsers SubscribeReportsRunAsUser
    SubscribeToLightningDashboards SubscribeToLightningReports TransferAnyCase TransferAnyEntity TransferAnyLead
    TwoFactorApi UseAnyApiAuth UseAnyApiClient UseTeamReassignWizards UseTemplatedApp UseWebLink ViewAllActivities
    ViewAllData ViewAllUsers ViewCaseInteraction ViewClientSecret ViewContent ViewDataAssessment ViewDataCategories
    ViewEncryptedData ViewEventLogFiles ViewHealthCheck ViewHelpLink ViewMyTeamsDashboards
    ViewOnlyEmbeddedAppUser ViewPublicDashboards ViewPublicReports ViewRoles ViewSetup WaveTabularDownload
    WaveTrendReports
"""

USER_PERMISSIONS = frozenset(_NAMES.split())


def is_known(org: OrgFacts, permission: str) -> bool:
    """Whether this org has that user permission; some exist only while a feature is enabled."""
    gate = _GATED.get(permission)
    return permission in USER_PERMISSIONS and (gate is None or org.has_feature(gate))
